import APIClient

/// The exit codes of every command.
package enum ExitStatus: Int32, Sendable {
    case done = 0
    /// The cluster refused, or the command failed.
    case failed = 1
    case usage = 2
    case notReachable = 3
    /// No answer in time: the operation may still go on.
    case timedOut = 4
}

/// Ends a command: what happened, whether anything changed, and what to do next.
package struct CommandFailure: Error, Sendable, Equatable {
    package let code: ExitStatus
    package let text: String

    package init(_ code: ExitStatus, _ text: String) {
        self.code = code
        self.text = text
    }

    /// The failure behind an error of the client; other errors count as failed.
    init(_ error: any Error, doing what: String) {
        switch error {
        case let failure as CommandFailure:
            self = failure
        case APIClientError.notReachable(let reason):
            self.init(
                .notReachable,
                "\(what): no node answered. \(reason)\nStart the cluster (make run), or name its nodes with --server URL."
            )
        case APIClientError.connectionLost(let reason):
            self.init(
                .timedOut,
                "\(what), as far as is known: \(reason). It may have been carried out: look with tandemctl status, then run this "
                    + "again.")
        case APIClientError.timedOut:
            self.init(
                .timedOut,
                "\(what): no answer in time; the operation may still go on. Look with tandemctl status, then run this again."
            )
        default:
            self.init(.failed, "\(what): \(error)")
        }
    }
}
