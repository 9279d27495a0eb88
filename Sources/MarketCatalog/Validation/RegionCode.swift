// Regions are GB/T 2260 codes.

package enum RegionCode {
    /// The code list with the names of regions.
    package static let listName = "region"
}
