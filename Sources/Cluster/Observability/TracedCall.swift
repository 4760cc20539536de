public import Primitives

/// A call that a node served for a traced request; a line of its log.
public struct TracedCall: Sendable, Equatable {
    /// Characters of a text from outside that go into a line.
    public static let textLimit = 128

    /// The trace of the request, and the span of this call.
    public let trace: TraceContext
    /// The span that the call came from.
    public let parent: UInt64
    /// A list names the kind, and the key behind which it begins.
    public let entity: EntityID
    public let shard: ShardID
    public var command = ""
    /// From the arrival at the node to the answer, the wait for the commit included.
    public var taken = Span.zero
    /// Nil when there is a reply, be it a refusal.
    public var error: CallError?
    /// Lines that were left out since the one before.
    public var leftOut: UInt64 = 0

    init(caller: TraceContext, span: UInt64, entity: EntityID, shard: ShardID) {
        trace = TraceContext(high: caller.high, low: caller.low, span: span)
        parent = caller.span
        self.entity = entity
        self.shard = shard
    }

    /// What the line says.
    public var fields: [(name: String, value: String)] {
        var fields: [(name: String, value: String)] = [
            ("trace", trace.traceText), ("span", trace.spanText), ("parent", TraceContext.text(of: parent)),
            ("kind", entity.kind.description), ("key", Self.printable(entity.key)), ("shard", shard.description),
            ("command", command), ("microseconds", taken.microseconds.description),
            ("outcome", error == nil ? "done" : "error"),
        ]
        if let error { fields.append(("error", error.description)) }
        if leftOut > 0 { fields.append(("leftOut", leftOut.description)) }
        return fields
    }

    /// A text from outside, cut, and without what could look like another field or line.
    public static func printable(_ text: String) -> String {
        let shown = text.unicodeScalars.prefix(textLimit).map { scalar -> Unicode.Scalar in
            let isShown = scalar.isASCII ? (0x21...0x7E).contains(scalar.value) : scalar.properties.isAlphabetic
            return isShown ? scalar : "?"
        }
        return String(String.UnicodeScalarView(shown))
    }
}
