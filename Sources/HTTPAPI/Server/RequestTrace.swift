package import Cluster

/// The place of one request in a trace (W3C Trace Context, version 00). `tracestate` is not read.
package struct RequestTrace: Sendable, Equatable {
    /// The header field of requests and answers.
    package static let header = "traceparent"

    /// The trace, and the span of this request.
    package let context: TraceContext
    /// The caller's span; 0 where the trace begins here.
    package let parent: UInt64
    /// The caller wants to find this request in the nodes' logs.
    package let isSampled: Bool

    /// Goes on with the caller's trace. Without one, or with one that cannot be read, another begins, which is not sampled.
    package init(continuing header: String?) {
        let span = UInt64.random(in: 1...UInt64.max)
        if let caller = header.flatMap(Self.parse) {
            context = TraceContext(high: caller.high, low: caller.low, span: span)
            parent = caller.span
            isSampled = caller.isSampled
        } else {
            context = TraceContext(high: .random(in: 0...UInt64.max), low: .random(in: 1...UInt64.max), span: span)
            parent = 0
            isSampled = false
        }
    }

    package var id: String { context.traceText }

    /// The value of the header.
    package var text: String { "00-\(id)-\(context.spanText)-\(isSampled ? "01" : "00")" }

    /// What the calls of this request carry.
    package var ofCalls: TraceContext { isSampled ? context : .none }
}

extension RequestTrace {
    private struct Caller {
        let high: UInt64
        let low: UInt64
        let span: UInt64
        let isSampled: Bool
    }

    /// `version-trace-span-flags`.
    private static let length = 55
    private static let dash = UInt8(ascii: "-")

    /// Section 3.2 of the recommendation: version 00 has these four parts alone; of a later one they are read, and
    /// whatever follows behind another dash is not.
    private static func parse(_ header: String) -> Caller? {
        let bytes = Array(header.utf8)
        guard bytes.count >= length, bytes[2] == dash, bytes[35] == dash, bytes[52] == dash,
            let version = number(bytes[..<2]), version != 0xFF
        else { return nil }
        if bytes.count > length {
            guard version > 0, bytes[length] == dash else { return nil }
        }
        guard let high = number(bytes[3..<19]), let low = number(bytes[19..<35]), high | low != 0,
            let span = number(bytes[36..<52]), span != 0, let flags = number(bytes[53..<55])
        else { return nil }
        return Caller(high: high, low: low, span: span, isSampled: flags & 1 == 1)
    }

    /// Up to 16 hexadecimal digits, in lower case only.
    private static func number(_ digits: ArraySlice<UInt8>) -> UInt64? {
        var number: UInt64 = 0
        for digit in digits {
            switch digit {
            case UInt8(ascii: "0")...UInt8(ascii: "9"): number = number << 4 | UInt64(digit - UInt8(ascii: "0"))
            case UInt8(ascii: "a")...UInt8(ascii: "f"): number = number << 4 | UInt64(digit - UInt8(ascii: "a") + 10)
            default: return nil
            }
        }
        return number
    }
}
