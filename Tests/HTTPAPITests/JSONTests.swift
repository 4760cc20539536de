import HTTPAPI
import JSONDocuments
import Testing

/// The strict JSON reader and the writer.
@Suite struct JSONTests {
    @Test func `a text is read and written unchanged`() throws {
        let text = #"{"a":[1,-2.5,true,false,null,"ü\"\\\n€"],"b":{},"c":[],"d":9007199254740993}"#
        let value = try JSONParser.parse(Array(text.utf8))
        #expect(String(decoding: value.encoded, as: UTF8.self) == text)
        #expect(try JSONParser.parse(Array(#""\u00fc\ud83d\ude00\/""#.utf8)) == "ü😀/")
    }

    @Test(arguments: [
        "", " ", "{", "[1,]", "{\"a\":1,}", "{a:1}", "01", "1.", ".5", "+1", "1e", "1e999", "nul", "\"", "\"\\x\"",
        "\"\\ud800\"", "\"\\udc00\"", "\"\\ud800\\u0041\"", "\"\\u12g4\"", "\"\u{01}\"", "1 2", "{\"a\":1,\"a\":2}",
        "\u{FEFF}1",
        "NaN", "[1 2]", "{\"a\" 1}", "'a'", "// x\n1",
    ])
    func `what is no strict JSON is refused`(text: String) {
        #expect(throws: JSONParser.Failure.self) { try JSONParser.parse(Array(text.utf8)) }
    }

    @Test func `depth and number of values are limited, and bytes must be UTF-8`() throws {
        func nested(_ depth: Int) -> [UInt8] {
            Array((String(repeating: "[", count: depth) + String(repeating: "]", count: depth)).utf8)
        }
        #expect(throws: Never.self) { try JSONParser.parse(nested(JSONParser.depthLimit)) }
        #expect(throws: JSONParser.Failure.self) { try JSONParser.parse(nested(JSONParser.depthLimit + 1)) }
        func list(_ count: Int) -> [UInt8] {
            Array("[\(Array(repeating: "1", count: count).joined(separator: ","))]".utf8)
        }
        #expect(throws: Never.self) { try JSONParser.parse(list(JSONParser.usualValueLimit - 1)) }
        #expect(throws: JSONParser.Failure.self) { try JSONParser.parse(list(JSONParser.usualValueLimit)) }
        #expect(throws: JSONParser.Failure.self) { try JSONParser.parse([0x22, 0xC3, 0x22]) }
        #expect(throws: JSONParser.Failure.self) { try JSONParser.parse([0x22, 0xED, 0xA0, 0x80, 0x22]) }
    }
}
