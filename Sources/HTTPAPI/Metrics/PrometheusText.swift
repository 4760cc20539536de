package import Primitives

/// Writes metrics in Prometheus' text format 0.0.4: families with `HELP` and `TYPE`, each followed by its samples.
package struct PrometheusText: Sendable {
    package static let contentType = "text/plain; version=0.0.4; charset=utf-8"

    package enum Kind: String, Sendable {
        case counter, gauge
    }

    package private(set) var text = ""

    package init() {}

    /// Begins a family; its samples follow.
    package mutating func family(_ name: String, _ kind: Kind, _ help: String) {
        begin(name, kind.rawValue, help)
    }

    /// A sample of the family that was begun last.
    package mutating func sample(_ name: String, _ value: Double) { text += "\(name) \(Self.number(value))\n" }

    /// A sample of the family that was begun last.
    package mutating func sample(_ name: String, _ labels: KeyValuePairs<String, String>, _ value: Double) {
        let list = labels.map { label, text in "\(label)=\"\(Self.escaped(text, quotes: true))\"" }
        text += "\(name){\(list.joined(separator: ","))} \(Self.number(value))\n"
    }

    /// A family with one sample that has no labels.
    package mutating func single(_ name: String, _ kind: Kind, _ help: String, _ value: Double) {
        family(name, kind, help)
        sample(name, value)
    }

    /// A histogram in seconds.
    package mutating func histogram(_ name: String, _ help: String, _ buckets: LatencyBuckets) {
        begin(name, "histogram", help)
        var below: UInt64 = 0
        for (bucket, count) in buckets.counts.dropLast().enumerated() {
            below &+= count
            let bound = Double(UInt64(1) << UInt64(bucket)) / 1_000_000
            sample("\(name)_bucket", ["le": Self.number(bound)], Double(below))
        }
        sample("\(name)_bucket", ["le": "+Inf"], Double(buckets.total))
        sample("\(name)_sum", Double(buckets.sum) / 1_000_000)
        sample("\(name)_count", Double(buckets.total))
    }

    private mutating func begin(_ name: String, _ kind: String, _ help: String) {
        text += "# HELP \(name) \(Self.escaped(help, quotes: false))\n# TYPE \(name) \(kind)\n"
    }

    /// Backslashes and line ends may not stand there as they are; in the value of a label quotes neither.
    private static func escaped(_ text: String, quotes: Bool) -> String {
        var escaped = ""
        for scalar in text.unicodeScalars {
            switch scalar {
            case "\\": escaped += "\\\\"
            case "\n": escaped += "\\n"
            case "\"" where quotes: escaped += "\\\""
            default: escaped.unicodeScalars.append(scalar)
            }
        }
        return escaped
    }

    /// Whole numbers without a fraction.
    private static func number(_ value: Double) -> String {
        if value.isNaN { return "NaN" }
        if value.isInfinite { return value < 0 ? "-Inf" : "+Inf" }
        return Int64(exactly: value).map { "\($0)" } ?? "\(value)"
    }
}
