/// A moment: microseconds since the Unix epoch, read from an injected clock.
///
/// Pure code never asks for the time; it is told. Arithmetic saturates, so that no configuration can trap.
public struct Instant: Sendable, Hashable, Comparable {
    /// Microseconds since 1970-01-01T00:00:00Z.
    public let microseconds: Int64

    public init(microseconds: Int64) { self.microseconds = microseconds }

    public static let zero = Instant(microseconds: 0)
    public static let distantFuture = Instant(microseconds: .max)

    /// Whole milliseconds, rounded down: the unit of ranks.
    public var milliseconds: Int64 {
        microseconds >= 0 ? microseconds / 1_000 : (microseconds + 1) / 1_000 - 1
    }

    public static func < (left: Instant, right: Instant) -> Bool { left.microseconds < right.microseconds }

    public static func + (left: Instant, right: Span) -> Instant {
        let (sum, overflow) = left.microseconds.addingReportingOverflow(right.microseconds)
        return Instant(microseconds: overflow ? (right.microseconds > 0 ? .max : .min) : sum)
    }

    public static func - (left: Instant, right: Instant) -> Span {
        let (difference, overflow) = left.microseconds.subtractingReportingOverflow(right.microseconds)
        return Span(microseconds: overflow ? (left > right ? .max : .min) : difference)
    }
}

/// A length of time in whole microseconds.
public struct Span: Sendable, Hashable, Comparable {
    public let microseconds: Int64

    public init(microseconds: Int64) { self.microseconds = microseconds }

    public static let zero = Span(microseconds: 0)
    public static func microseconds(_ count: Int64) -> Span { Span(microseconds: count) }
    public static func milliseconds(_ count: Int64) -> Span { Span(microseconds: saturating(count, 1_000)) }
    public static func seconds(_ count: Int64) -> Span { Span(microseconds: saturating(count, 1_000_000)) }

    public var milliseconds: Int64 { microseconds / 1_000 }
    /// Seconds as a fraction, for display and JSON.
    public var seconds: Double { Double(microseconds) / 1_000_000 }

    public static func < (left: Span, right: Span) -> Bool { left.microseconds < right.microseconds }
    public static func + (left: Span, right: Span) -> Span {
        let (sum, overflow) = left.microseconds.addingReportingOverflow(right.microseconds)
        return Span(microseconds: overflow ? (right.microseconds > 0 ? .max : .min) : sum)
    }
    public static func * (left: Span, right: Int64) -> Span {
        Span(microseconds: saturating(left.microseconds, right))
    }

    private static func saturating(_ left: Int64, _ right: Int64) -> Int64 {
        let (product, overflow) = left.multipliedReportingOverflow(by: right)
        return overflow ? ((left < 0) == (right < 0) ? .max : .min) : product
    }
}
