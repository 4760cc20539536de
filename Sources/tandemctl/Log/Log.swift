import ArgumentParser

/// `tandemctl log`.
struct Log: ParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Look at the log of a stopped node.",
        discussion: """
            Works on a data directory, without a cluster. The lock of the directory is held meanwhile: a running node is \
            left alone and the command refused, and a node that is started meanwhile says that the directory is in use. \
            Nothing is changed, but a missing lock file is made.
            """,
        subcommands: [LogInspect.self, LogVerify.self, LogExport.self])
}

/// The argument of every `tandemctl log` command.
struct LogArguments: ParsableArguments {
    @Argument(
        help: ArgumentHelp("The data directory of a node, for example .run/data/n1.", valueName: "dir"),
        completion: .directory)
    var directory: String
}
