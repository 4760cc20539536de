import NodeIO
import NodeLog
import Primitives
import Testing

@Suite struct LifeFileTests {
    private let now = Instant(microseconds: 1_000_000)

    @Test func `each start has a higher number, also when the clock was set back`() throws {
        let disk = MemoryDisk()
        #expect(try LifeFile.next(disk, now: now) == 1_000_000)
        #expect(try LifeFile.next(disk, now: now) == 1_000_001)
        #expect(try LifeFile.next(disk, now: .zero) == 1_000_002)
        #expect(try LifeFile.next(disk, now: now + .seconds(1)) == 2_000_000)
    }

    @Test func `a damaged number is none, and a full disk keeps no node from starting`() throws {
        let disk = MemoryDisk()
        _ = try LifeFile.next(disk, now: now + .seconds(9))
        disk.files["life"]?.bytes[3] ^= 1
        #expect(try LifeFile.next(disk, now: now) == 1_000_000)
        disk.files["life"]?.bytes = [1, 2, 3]
        #expect(try LifeFile.next(disk, now: now) == 1_000_000)
        disk.capacity = disk.used
        disk.files["life.part"] = nil
        #expect(try LifeFile.next(disk, now: now + .seconds(2)) == 3_000_000)
        disk.capacity = .max
        #expect(try LifeFile.next(disk, now: .zero) == 1_000_001)
    }
}
