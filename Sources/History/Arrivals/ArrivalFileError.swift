/// Why an arrival file cannot be played. Nothing has been sent then.
public enum ArrivalFileError: Error, Sendable, Equatable {
    /// The first line is not ``ArrivalFile/heading``.
    case heading
    case empty
    /// A line arrives before the line above it.
    case order(line: Int)
    /// A line and what is wrong with it.
    case line(Int, String)
}

extension ArrivalFileError: CustomStringConvertible {
    public var description: String {
        switch self {
        case .heading: "line 1 is not “\(ArrivalFile.heading)”"
        case .empty: "there are no interactions in it"
        case .order(let line): "line \(line) arrives before the line above it; sort the file by arrivalSeconds"
        case .line(let line, let reason): "line \(line) \(reason)"
        }
    }
}
