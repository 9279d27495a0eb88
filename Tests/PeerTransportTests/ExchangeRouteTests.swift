// Request lines as they come off the wire.

import SyncCore
import Testing

@testable import PeerTransport

@Suite("Request lines") struct ExchangeRouteTests {
    @Test func `a request line is ASCII or asks for nothing`() {
        #expect(ExchangeRoute.parse(method: "POST", target: "/v1/hello") == .route(.hello))
        for target in ["/v1/hello\u{301}", "/v1/hell\u{F6}", "/v1/pull?wait=\u{FF11}", "/v1/pull?wait=1&\u{301}=2"] {
            #expect(ExchangeRoute.parse(method: "POST", target: target) == .unknownPath)
        }
    }

    @Test func `a content type is ASCII or names nothing`() {
        #expect(MediaType.json.matches("application/json; charset=utf-8"))
        #expect(MediaType.json.matches(" Application/JSON\t;"))
        #expect(!MediaType.json.matches("application/json; charset=\u{301}"))
        #expect(!MediaType.json.matches("application/jso\u{144}"))
        #expect(!MediaType.json.matches(nil))
    }
}
