internal import Primitives

/// A state on its way into bytes, a slice at a time. What changes meanwhile is encoded before it does.
struct SnapshotInSlices {
    /// The state is that after this index.
    let index: UInt64
    var writer: ByteWriter
    /// Entities to come, ascending.
    var left: ArraySlice<EntityID>
    /// Entities that have changed since, as they were.
    var early: [EntityID: [UInt8]] = [:]
}

/// The committed state of a shard as bytes: the same on every replica that has taken in the same records.
extension ShardCore {
    private static let snapshotVersion: UInt8 = 1
    /// A slice ends behind so many bytes, or so many entities: well below 5 ms.
    private static let slice = (bytes: 256 << 10, entities: 1_024)

    /// Begins to write down what has been committed so far.
    func beginSnapshot(through index: UInt64) {
        slices = sliced(through: index)
        effects.append(.goOn)
    }

    private func sliced(through index: UInt64) -> SnapshotInSlices {
        var writer = ByteWriter(reserving: 1 << 12)
        writer.write(Self.snapshotVersion)
        writer.write(state.time)
        writer.write(state.epoch)
        writer.write(state.streams)
        writer.write(state.requests)
        let known = cells.filter { $0.value.isCommitted }.keys.sorted()
        writer.writeCount(known.count)
        return SnapshotInSlices(index: index, writer: writer, left: known[...])
    }

    /// Writes the next slice; behind the last one the log gets it all.
    func goOn() {
        guard var slices else { return }
        // What is being written has one owner, or each slice would copy it.
        self.slices = nil
        write(into: &slices, bytes: Self.slice.bytes, entities: Self.slice.entities)
        if slices.left.isEmpty { return log.snapshot(slices.writer.bytes, slices.index) }
        self.slices = slices
        effects.append(.goOn)
    }

    private func write(into slices: inout SnapshotInSlices, bytes: Int, entities: Int) {
        let start = slices.writer.count
        let count = slices.left.count
        while let id = slices.left.first, slices.writer.count - start < bytes, count - slices.left.count < entities {
            slices.left.removeFirst()
            slices.writer.write(id)
            slices.writer.write(bytes: slices.early.removeValue(forKey: id) ?? cells[id]?.encoded ?? [])
        }
    }

    /// A hash over the committed state, to compare replicas by.
    var digest: ShardDigest {
        var slices = sliced(through: state.index)
        write(into: &slices, bytes: .max, entities: .max)
        return ShardDigest(shard: settings.id, index: state.index, hash: StableHash.of(slices.writer.bytes))
    }

    /// A committed event is about to change an entity.
    func willChange(_ entity: EntityID) {
        if isChecked { stateHash.touch(entity) }
        guard let first = slices?.left.first, entity >= first, slices?.early[entity] == nil,
            let cell = awake(entity), cell.isCommitted
        else { return }
        slices?.early[entity] = cell.encoded
    }

    /// Takes a committed state in place of what was here.
    func restore(_ bytes: [UInt8], index: UInt64) throws(WireError) {
        precondition(!isLeading, "a leader takes no snapshot")
        var reader = ByteReader(bytes)
        let version = try reader.read(UInt8.self)
        guard version == Self.snapshotVersion else { throw .unknownTag("snapshot version", Int(version)) }
        var restored = ShardState()
        restored.index = index
        restored.time = try reader.readInstant()
        restored.epoch = try reader.read(UInt64.self)
        restored.streams = try reader.read()
        restored.requests = try reader.read()
        let count = try reader.readCount(each: 4)
        for id in cells.keys.sorted() { forget(id) }
        stateHash = StateHash()
        checks = []
        for _ in 0..<count {
            let id: EntityID = try reader.read()
            guard let cell = cell(id) else { throw .unknownTag("entity kind of a snapshot", Int(id.kind.rawValue)) }
            let bytes = try reader.readBytes()
            try cell.restore(bytes, key: id.key)
            arm(id, cell)
            if cell.isAtRest { cells[id] = .resting(cell.kind, bytes) }
            stateHash.add(id, bytes, isAtRest: cell.isAtRest)
        }
        try reader.finish()
        slices = nil
        if differs { effects.append(.compared(index: index, differs: false)) }
        differs = false
        state = restored
        overlay = ShardOverlay(over: restored)
        effects.append(.restored(index: index))
        // What the state says of them is not told one by one.
        for orphan in orphans {
            for case .reply(let slot, _) in orphan.replies { refuse(slot, .outcomeUnknown("the leader changed")) }
        }
        orphans = []
    }
}
