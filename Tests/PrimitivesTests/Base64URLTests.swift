import Primitives
import Testing

/// RFC 4648 section 5 without padding; exactly one text for any bytes.
@Suite struct Base64URLTests {
    @Test(arguments: [
        ("", ""), ("f", "Zg"), ("fo", "Zm8"), ("foo", "Zm9v"), ("foob", "Zm9vYg"), ("fooba", "Zm9vYmE"),
        ("foobar", "Zm9vYmFy"),
    ])
    func `the vectors of the RFC hold without their padding`(_ plain: String, _ text: String) {
        #expect(Base64URL.encode(Array(plain.utf8)) == text)
        #expect(Base64URL.decode(text) == Array(plain.utf8))
    }

    @Test func `the last two letters of the alphabet are safe in a URL`() {
        #expect(Base64URL.encode([0xFB, 0xFF, 0xBF]) == "-_-_")
        #expect(Base64URL.decode("-_-_") == [0xFB, 0xFF, 0xBF])
    }

    @Test func `any bytes come back`() {
        var random = SeededRandom(seed: 8)
        for length in 0..<200 {
            let bytes = (0..<length).map { _ in UInt8(truncatingIfNeeded: random.next()) }
            #expect(Base64URL.decode(Base64URL.encode(bytes)) == bytes)
        }
    }

    @Test(arguments: ["Zg==", "Zm8=", "Z", "Zm9vY", "+/+/", "Zm 9v", "Zm9v\n", "Zm9é", "Zh", "Zm9"])
    func `what is not the one text of some bytes is refused`(_ text: String) {
        #expect(Base64URL.decode(text) == nil)
    }

    @Test func `a text is accepted only if it is what its bytes encode to`() {
        let letters = Array("ABCDwxyz0189-_=+/ ")
        var random = SeededRandom(seed: 9)
        var accepted = 0
        for _ in 0..<5_000 {
            let text = String((0..<random.pick(0...6)).map { _ in letters[Int(random.pick(0...17))] })
            guard let bytes = Base64URL.decode(text) else { continue }
            accepted += 1
            #expect(Base64URL.encode(bytes) == text)
        }
        #expect(accepted > 100)
    }
}
