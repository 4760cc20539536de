import NodeLog
import Testing

/// Random batches, crashes at random points, random loss of what was not synced: recovery is what a model says.
@Suite struct RandomCrashTests {
    /// One node's life.
    struct Life {
        var random: TestRandom
        let disk = MemoryDisk()
        var settings = Sample.small
        var log: WriteAheadLog
        var model: [UInt32: GroupModel] = [:]
        var unsynced: [LogItem] = []
        var planned: [UInt32: GroupModel] = [:]
        var term: UInt64 = 1
        var recycled = 0

        init(seed: UInt64, fault: LogFault = .none) throws {
            random = TestRandom(seed: seed)
            settings.fault = fault
            settings.compresses = random.chance(500)
            log = try Sample.open(disk, settings: settings).log
        }

        mutating func step() throws -> String? {
            switch random.below(100) {
            case 0..<55: try append()
            case 55..<80: try sync()
            case 80..<84: term += 1
            case 84..<88: _ = try log.prepare()
            case 88..<94: try snapshot()
            case 94..<97: recycled += try sync(andCompact: true)
            default: return try crash()
            }
            return nil
        }

        private mutating func append() throws {
            var items: [LogItem] = []
            for _ in 0...random.below(4) {
                let group = UInt32(1 + random.below(3))
                var state = planned[group] ?? GroupModel()
                let item = nextItem(group, state)
                state.take(item)
                planned[group] = state
                items.append(item)
            }
            try log.append(items)
            unsynced += items
        }

        private mutating func nextItem(_ group: UInt32, _ state: GroupModel) -> LogItem {
            if state.term != term {
                return .hardState(group: group, StoredHardState(term: term, vote: random.below(3)))
            }
            let isNewTerm = state.entries.last.map { $0.term < term } ?? true
            let floor = max(state.snapshot.index, model[group]?.snapshot.index ?? 0)
            if isNewTerm, state.end > floor, random.chance(300) {
                return .truncate(group: group, from: floor + 1 + random.below(state.end - floor + 1))
            }
            var first = state.end + 1
            if isNewTerm, state.end > floor, random.chance(300) { first = floor + 1 + random.below(state.end - floor) }
            let count = 1 + random.below(5)
            let entries = (first..<first + count).map { index in
                let length = Int(random.below(random.chance(100) ? 1_500 : 80))
                let payload = random.chance(300) ? [UInt8](repeating: 0, count: length) : random.bytes(length)
                return StoredEntry(index: index, term: term, kind: UInt8(random.below(3)), payload: payload)
            }
            return .entries(group: group, entries)
        }

        @discardableResult private mutating func sync(andCompact compacts: Bool = false) throws -> Int {
            _ = try log.sync()
            for item in unsynced { model[item.group, default: GroupModel()].take(item) }
            unsynced = []
            return compacts ? try log.compact() : 0
        }

        private mutating func snapshot() throws {
            try sync()
            let group = UInt32(1 + random.below(3))
            guard let state = model[group], let entry = state.visible.suffix(5).randomElement(using: &random) else {
                return
            }
            let mark = StoredMark(index: entry.index, term: entry.term)
            try Sample.snapshot(disk, group: group, mark)
            let items: [LogItem] = [
                .snapshot(group: group, mark),
                .floor(group: group, index: random.chance(500) ? mark.index : state.snapshot.index),
            ]
            try log.append(items)
            for item in items { planned[group]?.take(item) }
            unsynced += items
            if random.chance(500) { try sync() }
        }

        mutating func crash() throws -> String? {
            if random.chance(300) { disk.kill() } else { disk.losePower(&random) }
            let (log, recovered) = try Sample.open(disk, settings: settings)
            self.log = log
            if let fault = TornWriteTests.check(
                recovered, model.filter { $0.value != GroupModel() }, unsynced: unsynced)
            {
                return fault + "\n\(recovered.report)"
            }
            term += 1
            unsynced = []
            model = [:]
            for found in recovered.groups {
                model[found.group] = GroupModel(
                    term: found.hardState.term, vote: found.hardState.vote, snapshot: found.snapshot ?? .zero,
                    entries: found.entries)
            }
            planned = model
            return nil
        }
    }

    @Test func `recovery equals the model after any crash`() throws {
        var recycled = 0
        for seed in 0..<120 as Range<UInt64> {
            var life = try Life(seed: seed)
            for step in 0..<200 {
                if let fault = try life.step() {
                    Issue.record("seed \(seed), step \(step): \(fault)")
                    return
                }
            }
            if let fault = try life.crash() { Issue.record("seed \(seed), at the end: \(fault)") }
            recycled += life.recycled
        }
        #expect(recycled > 50, "segments were recycled \(recycled) times")
    }

    @Test(arguments: [LogFault.skipFsync, .acceptStaleEpoch])
    func `a planted fault is caught`(fault: LogFault) throws {
        for seed in 0..<200 as Range<UInt64> {
            var life = try Life(seed: seed, fault: fault)
            do {
                for _ in 0..<120 where try life.step() != nil { return }
                if try life.crash() != nil { return }
            } catch {
                return
            }
        }
        Issue.record("200 lives with \(fault) looked well")
    }
}
