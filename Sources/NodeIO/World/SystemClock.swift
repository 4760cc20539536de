public import Cluster
internal import Dispatch
#if canImport(Glibc)
    internal import Glibc
#endif
public import Primitives

/// The wall clock at the start, and the monotonic clock from then on: a step of the wall clock moves nothing.
public struct SystemClock: NodeClock {
    private let start: Instant
    private let reference: UInt64

    public init() {
        var time = timespec()
        clock_gettime(CLOCK_REALTIME, &time)
        start = Instant(microseconds: Int64(time.tv_sec) * 1_000_000 + Int64(time.tv_nsec) / 1_000)
        reference = DispatchTime.now().uptimeNanoseconds
    }

    public var now: Instant {
        start + .microseconds(Int64((DispatchTime.now().uptimeNanoseconds - reference) / 1_000))
    }
}
