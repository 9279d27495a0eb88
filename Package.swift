// swift-tools-version: 6.2
// The rings of the house (docs/architecture.md): a target lists exactly what it may import, and the build runs with
// `--explicit-target-dependency-import-check error`, so an arrow that points outward does not compile.

import PackageDescription

/// What `FuzzTests` attacks, and what it needs for that.
let attacked: [Target.Dependency] = [
    "SyncCore", "SyncSimulation", "Compression", "MarketCatalog", "PeerTrust", "PeerTransport", "ReplicaStore",
    "SyncNode", "AllocationMeter",
]

let package = Package(
    name: "yrdsync",
    platforms: [.macOS(.v15)],
    products: [.executable(name: "yrdsync", targets: ["yrdsync"])],
    dependencies: [
        .package(url: "https://github.com/groue/GRDB.swift", from: "7.10.0"),
        .package(url: "https://github.com/hummingbird-project/hummingbird", from: "2.28.1", traits: []),
        .package(url: "https://github.com/apple/swift-nio", from: "2.101.2"),
        .package(url: "https://github.com/apple/swift-nio-ssl", from: "2.37.6"),
        .package(url: "https://github.com/apple/swift-nio-extras", from: "1.35.2"),
        .package(url: "https://github.com/apple/swift-http-types", from: "1.8.0"),
        .package(url: "https://github.com/apple/swift-argument-parser", from: "1.8.2"),
        .package(url: "https://github.com/apple/swift-log", from: "1.16.2"),
        .package(url: "https://github.com/swift-server/swift-service-lifecycle", from: "2.13.0"),
        .package(url: "https://github.com/jpsim/Yams", from: "6.2.2"),
    ],
    targets: [
        // C libraries: a module map and a shim of one-liners each.
        .systemLibrary(name: "CCurl", pkgConfig: "libcurl", providers: [.apt(["libcurl4-openssl-dev"])]),
        .systemLibrary(name: "COpenSSL", pkgConfig: "openssl", providers: [.apt(["libssl-dev"])]),
        .systemLibrary(name: "CSQLite", pkgConfig: "sqlite3", providers: [.apt(["libsqlite3-dev"])]),
        .systemLibrary(name: "CMalloc"),
        .systemLibrary(name: "CZstd", pkgConfig: "libzstd", providers: [.apt(["libzstd-dev"])]),

        // Ring 0: pure values.
        .target(name: "SyncCore"),

        // Test kit beside ring 0: seeds, simulated clock and network, checks.
        .target(name: "SyncSimulation", dependencies: ["SyncCore"]),

        // Ring 1: one outside world each.
        .target(name: "Compression", dependencies: ["CZstd"]),
        .target(name: "Pipelining"),
        .target(
            name: "MarketCatalog",
            dependencies: ["SyncCore", .product(name: "Yams", package: "Yams")]
        ),
        .target(
            name: "PeerTrust",
            dependencies: ["SyncCore", "COpenSSL", .product(name: "Yams", package: "Yams")]
        ),
        .target(
            name: "PeerTransport",
            dependencies: [
                "SyncCore", "CCurl", "Compression",
                .product(name: "Hummingbird", package: "hummingbird"),
                .product(name: "HummingbirdCore", package: "hummingbird"),
                .product(name: "HummingbirdTLS", package: "hummingbird"),
                .product(name: "HTTPTypes", package: "swift-http-types"),
                .product(name: "NIOCore", package: "swift-nio"),
                .product(name: "NIOHTTPTypes", package: "swift-nio-extras"),
                .product(name: "NIOSSL", package: "swift-nio-ssl"),
                .product(name: "Logging", package: "swift-log"),
                .product(name: "ServiceLifecycle", package: "swift-service-lifecycle"),
            ]
        ),
        .target(
            name: "ReplicaStore",
            dependencies: [
                "SyncCore", "MarketCatalog", "Compression", "Pipelining", "CSQLite",
                .product(name: "GRDB", package: "GRDB.swift"),
            ]
        ),

        // Ring 2: composition; the real clock and chance enter here.
        .target(
            name: "SyncNode",
            dependencies: [
                "SyncCore", "MarketCatalog", "PeerTrust", "PeerTransport", "ReplicaStore", "Pipelining",
                .product(name: "Yams", package: "Yams"),
                .product(name: "Logging", package: "swift-log"),
                .product(name: "ServiceLifecycle", package: "swift-service-lifecycle"),
            ]
        ),

        // Ring 3: the command line.
        .executableTarget(
            name: "yrdsync",
            dependencies: [
                "SyncCore", "MarketCatalog", "PeerTrust", "ReplicaStore", "SyncNode", "CMalloc",
                .product(name: "ArgumentParser", package: "swift-argument-parser"),
                .product(name: "Logging", package: "swift-log"),
                .product(name: "ServiceLifecycle", package: "swift-service-lifecycle"),
                .product(name: "UnixSignals", package: "swift-service-lifecycle"),
            ]
        ),

        .testTarget(name: "SyncCoreTests", dependencies: ["SyncCore"]),
        .testTarget(name: "PipeliningTests", dependencies: ["Pipelining"]),
        .testTarget(name: "MarketCatalogTests", dependencies: ["MarketCatalog", "SyncCore"]),
        .testTarget(
            name: "PeerTrustTests", dependencies: ["PeerTrust", "SyncCore", "ForeignPrograms"],
            exclude: ["Interop/others.py"]),
        .testTarget(
            name: "PeerTransportTests",
            dependencies: [
                "PeerTransport", "Compression", "CCurl", "SyncCore", "ForeignPrograms",
                .product(name: "Logging", package: "swift-log"),
                .product(name: "ServiceLifecycle", package: "swift-service-lifecycle"),
            ]
        ),
        .testTarget(
            name: "ReplicaStoreTests",
            dependencies: [
                "ReplicaStore", "MarketCatalog", "PeerTrust", "SyncCore", "CSQLite", "ForeignSQL", "ForeignPrograms",
            ]
        ),
        .testTarget(
            name: "SyncNodeTests",
            dependencies: [
                "SyncNode", "ReplicaStore", "MarketCatalog", "PeerTrust", "PeerTransport", "SyncCore", "ForeignSQL",
                "ForeignPrograms",
                .product(name: "Logging", package: "swift-log"),
            ]
        ),
        // A foreign program that opens the replica with SQLite alone, for the tests of three targets.
        .target(name: "ForeignSQL", dependencies: ["CSQLite", "SyncCore"], path: "Tests/ForeignSQL"),
        // Programs of others, run by the tests of five targets.
        .target(name: "ForeignPrograms", dependencies: ["CSpawn"], path: "Tests/ForeignPrograms"),
        .systemLibrary(name: "CSpawn", path: "Tests/CSpawn"),

        // Whole federations from seeds, on the real store: a test kit, the soak that runs it for hours, and the suite of CI.
        .target(
            name: "FederationSimulation",
            dependencies: [
                "SyncSimulation", "ReplicaStore", "MarketCatalog", "PeerTrust", "SyncCore", "CSQLite", "ForeignSQL",
            ],
            path: "Tests/FederationSimulation"
        ),
        .executableTarget(name: "soak", dependencies: ["FederationSimulation", "SyncSimulation"], path: "Tests/Soak"),
        .executableTarget(
            name: "changesets", dependencies: ["SyncNode", "ReplicaStore", "ForeignSQL", "CMalloc"],
            path: "Tests/Benchmarks/ChangeSets"),
        .testTarget(name: "SimulationTests", dependencies: ["FederationSimulation", "SyncSimulation"]),
        .testTarget(
            name: "FederationTests", dependencies: ["SyncSimulation", "ForeignPrograms"], exclude: ["Foreign"]),

        // Decoders under attack: the same attacks by libFuzzer (below) and, for a short while, by the suite.
        .target(name: "AllocationMeter", path: "Tests/AllocationMeter"),
        .testTarget(name: "FuzzTests", dependencies: attacked, exclude: ["Corpus", "Fuzzer", "fuzz.sh"]),

        // What every record passes, counted: allocations by the suite, instructions and allocations in release by
        // `make instructions`.
        .target(
            name: "PureParts", dependencies: ["SyncCore", "SyncSimulation", "MarketCatalog", "PeerTrust"],
            path: "Tests/PureParts"),
        .executableTarget(
            name: "instructions", dependencies: ["PureParts", "AllocationMeter"], path: "Tests/InstructionCounts",
            exclude: ["check.py", "limits.txt"]),
        .testTarget(name: "PurePartsTests", dependencies: ["PureParts", "AllocationMeter"]),

        // A disk that loses power, fails and fills up: for the crash tests only, never shipped.
        .target(name: "CrashDisk", dependencies: ["CSQLite"], path: "Tests/CrashDisk"),
        .testTarget(
            name: "CrashTests",
            dependencies: [
                "CrashDisk", "SyncNode", "ReplicaStore", "MarketCatalog", "PeerTrust", "SyncCore", "CSQLite",
                "ForeignSQL",
            ]
        ),

        // Faults that the sanitizers must find before they run the suite.
        .testTarget(name: "SanitizerTests"),
    ]
)

let settings: [SwiftSetting] = [
    .enableUpcomingFeature("ExistentialAny"),
    .enableUpcomingFeature("MemberImportVisibility"),
    .enableUpcomingFeature("InternalImportsByDefault"),
    .enableUpcomingFeature("NonisolatedNonsendingByDefault"),
    .treatAllWarnings(as: .error),
]

for target in package.targets where target.type != .system {
    target.swiftSettings = (target.swiftSettings ?? []) + settings
}

// `make fuzz`: libFuzzer's program instead of everything else, with only what decodes of the rooms that do more. So
// NIO, GRDB and their kin need not be built once more, and coverage is measured where it counts.
if Context.environment["YRD_FUZZ"] != nil {
    let rooms: [String: [String]] = [
        "CCurl": [], "CZstd": [], "COpenSSL": [], "AllocationMeter": [], "SyncCore": [], "Compression": [],
        "MarketCatalog": [],
        "PeerTrust": [],
        "SyncSimulation": ["SeededGenerator.swift"],
        "PeerTransport": ["Messages", "Client/PeerError.swift", "Client/PeerError+Transfer.swift"],
        "ReplicaStore": ["Records/RecordStateCoding.swift"],
        "SyncNode": ["Directory/NodeConfiguration.swift", "Directory/NodeError.swift"],
    ]
    package.products = []
    package.targets.removeAll { rooms[$0.name] == nil }
    for target in package.targets where rooms[target.name] != [] { target.sources = rooms[target.name] }
    for target in package.targets {
        target.dependencies.removeAll { dependency in
            switch dependency {
            case .byNameItem(let name, _): rooms[name] == nil
            case .productItem(let name, _, _, _): name != "Yams"
            default: false
            }
        }
    }
    package.targets.append(
        .executableTarget(
            name: "fuzz", dependencies: attacked, path: "Tests/FuzzTests", sources: ["Fuzzer", "Samples", "Targets"],
            swiftSettings: settings + [.unsafeFlags(["-parse-as-library"])]))
}
