#if canImport(Glibc)
    internal import Glibc
#endif
internal import Dispatch
internal import Synchronization

/// How busy this process keeps its processors, in steps of a tenth, so that gossip does not repeat each change.
public final class ProcessorLoad: Sendable {
    private static let interval: UInt64 = 5_000_000_000

    private struct Sample {
        var time: UInt64
        var used: UInt64
        var load: UInt16 = 0
    }

    private let cores: Int
    private let sample: Mutex<Sample>

    public init(cores: Int) {
        self.cores = max(1, cores)
        sample = Mutex(Sample(time: DispatchTime.now().uptimeNanoseconds, used: Self.used()))
    }

    /// Thousandths of all processors over the last five to ten seconds.
    public var thousandths: UInt16 {
        sample.withLock { sample in
            let now = DispatchTime.now().uptimeNanoseconds
            guard now - sample.time >= Self.interval else { return sample.load }
            let used = Self.used()
            let share = Double(used - min(used, sample.used)) / Double(now - sample.time) / Double(cores)
            sample = Sample(time: now, used: used, load: UInt16(clamping: Int((share * 10).rounded()) * 100))
            return sample.load
        }
    }

    /// Nanoseconds of processor time of all threads.
    private static func used() -> UInt64 {
        var time = timespec()
        clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &time)
        return UInt64(time.tv_sec) * 1_000_000_000 + UInt64(time.tv_nsec)
    }
}
