/// The trace that a run of the program begins (W3C Trace Context), for `--trace`.
package struct CommandTrace: Sendable {
    /// What to look for in the nodes' logs.
    package let id: String
    /// The header field of every request: sampled, with one span for the whole run.
    package let traceparent: String

    package init() {
        id = Self.digits() + Self.digits()
        traceparent = "00-\(id)-\(Self.digits())-01"
    }

    /// The one of this run; the first use writes its id to standard error.
    static let announced: CommandTrace = {
        let trace = CommandTrace()
        Console.complain("trace \(trace.id)")
        return trace
    }()

    /// 16 hexadecimal digits, not all of them zero.
    private static func digits() -> String {
        let digits = String(UInt64.random(in: 1...UInt64.max), radix: 16)
        return String(repeating: "0", count: 16 - digits.count) + digits
    }
}
