import Cluster
import Primitives

/// The encoded frames that wait on one link, in order, in chunks that end between frames.
struct OutboundBuffer {
    /// A chunk is closed when it has reached this size, so that a long queue leaves in steps.
    static let chunkSize = 256 << 10

    private var full: [[UInt8]] = []
    private var taken = 0
    private var open = ByteWriter(reserving: 0)
    private var lastSize = 256
    /// Bytes that wait.
    private(set) var count = 0
    /// Frames appended since the last ``take()``.
    private(set) var frames = 0

    mutating func append(_ frame: Frame) {
        frames += 1
        let size = Frame.headerSize + frame.payload.count
        // The next batch will be about as large as the last: reserve once instead of growing.
        if open.count == 0 { open = ByteWriter(reserving: max(lastSize, size)) }
        frame.encode(into: &open)
        count += size
        if open.count >= Self.chunkSize { full.append(closeChunk()) }
    }

    /// The next chunk, or nil when nothing waits.
    mutating func take() -> [UInt8]? {
        guard count > 0 else { return nil }
        frames = 0
        let chunk: [UInt8]
        if taken < full.count {
            chunk = full[taken]
            full[taken] = []
            taken += 1
            if taken == full.count {
                full.removeAll(keepingCapacity: true)
                taken = 0
            }
        } else {
            chunk = closeChunk()
        }
        count -= chunk.count
        return chunk
    }

    private mutating func closeChunk() -> [UInt8] {
        let chunk = open.bytes
        lastSize = min(max(chunk.count, 256), Self.chunkSize)
        open = ByteWriter(reserving: 0)
        return chunk
    }
}
