import Foundation

/// Lines on standard output, each written at once: `<what> <of whom, or how much> <unix nanoseconds>`. What is a kind
/// of change of the view (`joined`, `died` and so on), or `gossip`.
enum Report {
    static func line(_ what: String, _ value: String) {
        var time = timespec()
        clock_gettime(CLOCK_REALTIME, &time)
        let moment = Int64(time.tv_sec) * 1_000_000_000 + Int64(time.tv_nsec)
        FileHandle.standardOutput.write(Data("\(what) \(value) \(moment)\n".utf8))
    }
}
