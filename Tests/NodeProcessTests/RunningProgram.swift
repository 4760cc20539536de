import Foundation

/// A program of this build as a process; what it says goes into two files.
struct RunningProgram {
    /// Where the build puts the programs, which is where it puts the tests.
    private static let folder = URL(filePath: "/proc/self/exe").resolvingSymlinksInPath().deletingLastPathComponent()

    private let process = Process()
    private let output: URL
    private let errors: URL
    private let end: Task<Int32, Never>

    /// - Parameters:
    ///   - working: the folder in which it runs.
    ///   - log: the path, without its extension, of what it writes.
    init(_ name: String, _ arguments: [String], in working: URL, log: String) throws {
        output = working.appending(path: "\(log).out")
        errors = working.appending(path: "\(log).err")
        process.executableURL = Self.folder.appending(path: name)
        process.arguments = arguments
        process.currentDirectoryURL = working
        process.standardInput = FileHandle.nullDevice
        for file in [output, errors] { try Data().write(to: file) }
        process.standardOutput = try FileHandle(forWritingTo: output)
        process.standardError = try FileHandle(forWritingTo: errors)
        let (codes, ended) = AsyncStream.makeStream(of: Int32.self)
        process.terminationHandler = { process in
            ended.yield(process.terminationStatus)
            ended.finish()
        }
        end = Task { await codes.first { _ in true } ?? -1 }
        try process.run()
    }

    var isRunning: Bool { process.isRunning }

    func signal(_ signal: Int32) {
        if process.isRunning { kill(process.processIdentifier, signal) }
    }

    /// Its exit code, or the signal that ended it; it is killed after `limit`, and when the test is cancelled.
    func ended(within limit: Duration = .seconds(60)) async -> Int32 {
        let deadline = Task {
            try await Task.sleep(for: limit)
            signal(SIGKILL)
        }
        defer { deadline.cancel() }
        return await withTaskCancellationHandler {
            await end.value
        } onCancel: {
            signal(SIGKILL)
        }
    }

    /// What it has written to standard output.
    func said() throws -> String { try String(contentsOf: output, encoding: .utf8) }

    /// What it has written to standard error.
    func complained() throws -> String { try String(contentsOf: errors, encoding: .utf8) }
}
