import Testing
import tandemctl

/// What `--trace` sends.
@Suite struct CommandTraceTests {
    @Test func `a run begins a sampled trace of its own`() {
        var seen: Set<String> = []
        for _ in 0..<100 {
            let trace = CommandTrace()
            let parts = trace.traceparent.split(separator: "-", omittingEmptySubsequences: false).map(String.init)
            #expect(parts.map(\.count) == [2, 32, 16, 2])
            #expect(parts.first == "00" && parts.last == "01" && parts.contains(trace.id))
            #expect(trace.traceparent.allSatisfy { "0123456789abcdef-".contains($0) })
            #expect(seen.insert(trace.id).inserted)
        }
    }
}
