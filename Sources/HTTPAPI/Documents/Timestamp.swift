internal import JSONDocuments
import Primitives

/// Moments as the API writes them: RFC 3339 in UTC with milliseconds.
enum Timestamp {
    private static let dayLength: Int64 = 86_400_000

    static func text(_ instant: Instant) -> String {
        let milliseconds = instant.milliseconds
        let day = (milliseconds - ((milliseconds % dayLength) + dayLength) % dayLength) / dayLength
        let rest = milliseconds - day * dayLength
        let date = civil(day)
        let clock = [rest / 3_600_000, rest / 60_000 % 60, rest / 1_000 % 60].map { padded($0, 2) }
        return "\(padded(date.year, 4))-\(padded(date.month, 2))-\(padded(date.day, 2))"
            + "T\(clock.joined(separator: ":")).\(padded(rest % 1_000, 3))Z"
    }

    /// The proleptic Gregorian date of a day counted from 1970-01-01: in eras of 400 years that begin in March.
    private static func civil(_ day: Int64) -> (year: Int64, month: Int64, day: Int64) {
        let shifted = day + 719_468
        let era = (shifted >= 0 ? shifted : shifted - 146_096) / 146_097
        let dayOfEra = shifted - era * 146_097
        let yearOfEra = (dayOfEra - dayOfEra / 1_460 + dayOfEra / 36_524 - dayOfEra / 146_096) / 365
        let dayOfYear = dayOfEra - (365 * yearOfEra + yearOfEra / 4 - yearOfEra / 100)
        let marchMonth = (5 * dayOfYear + 2) / 153
        let month = marchMonth < 10 ? marchMonth + 3 : marchMonth - 9
        let year = yearOfEra + era * 400 + (month <= 2 ? 1 : 0)
        return (year, month, dayOfYear - (153 * marchMonth + 2) / 5 + 1)
    }

    private static func padded(_ number: Int64, _ width: Int) -> String {
        let text = "\(number)"
        return String(repeating: "0", count: max(0, width - text.count)) + text
    }
}

extension JSONValue {
    static func time(_ instant: Instant) -> JSONValue { .text(Timestamp.text(instant)) }
    static func time(_ instant: Instant?) -> JSONValue? { instant.map { .text(Timestamp.text($0)) } }
}
