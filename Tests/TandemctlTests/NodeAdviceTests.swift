import Testing
import tandemctl

@Suite struct NodeAdviceTests {
    private func advice(_ state: String, linked: Bool) -> [String] {
        NodeAdvice.lines([.object(["id": .string("n2"), "state": .string(state), "linked": .bool(linked)])])
    }

    @Test func `nothing is said of a node that is well`() { #expect(advice("alive", linked: true).isEmpty) }

    @Test(arguments: [
        ("alive", false, "check the network"), ("suspect", true, "taken for dead"), ("dead", true, "hangs"),
        ("dead", false, "start it again"), ("left", false, "maintenance"), ("unseen", false, "certificate"),
    ]) func `every other state has its advice`(state: String, linked: Bool, word: String) {
        let lines = advice(state, linked: linked)
        #expect(lines.count == 1 && lines[0].hasPrefix("n2 ") && lines[0].contains(word), "\(lines)")
    }
}
