/// Why a text is not a client history. Nothing has been checked then.
public enum HistoryError: Error, Sendable, Equatable {
    /// There is no line at all.
    case empty
    /// The first line names another format or version; its writer and this reader are of different releases.
    case otherFormat(String)
    /// A line cannot be read; the reason names the field where that is known.
    case malformed(line: Int, String)
}

extension HistoryError: CustomStringConvertible {
    public var description: String {
        switch self {
        case .empty: "the file is empty; record a history with `tandem-lab demo`"
        case .otherFormat(let found):
            "the file is “\(found)”, and this program reads "
                + "\(HistoryHeader.formatName) version \(HistoryHeader.currentVersion)"
        case .malformed(let line, let reason): "line \(line) cannot be read: \(reason)"
        }
    }
}
