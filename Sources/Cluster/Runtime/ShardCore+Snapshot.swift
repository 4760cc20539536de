internal import Primitives

/// The committed state of a shard as bytes: the same on every replica that has taken in the same records.
extension ShardCore {
    private static let snapshotVersion: UInt8 = 1

    /// What the records up to `state.index` amount to.
    func snapshot() -> [UInt8] {
        var writer = ByteWriter(reserving: 1 << 12)
        writer.write(Self.snapshotVersion)
        writer.write(state.time)
        writer.write(state.epoch)
        writer.write(state.streams)
        writer.write(state.requests)
        let known = cells.filter { $0.value.isCommitted }.sorted { $0.key < $1.key }
        writer.writeCount(known.count)
        for (id, cell) in known {
            writer.write(id)
            writer.write(bytes: cell.encoded)
        }
        return writer.bytes
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
        for _ in 0..<count {
            let id: EntityID = try reader.read()
            guard let cell = cell(id) else { throw .unknownTag("entity kind of a snapshot", Int(id.kind.rawValue)) }
            try cell.restore(try reader.readBytes(), key: id.key)
            arm(id, cell)
        }
        try reader.finish()
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
