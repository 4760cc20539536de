internal import Primitives

/// An entity in memory: ready to decide, or at rest as the bytes of its state, which take a fraction of the room.
enum Resident {
    case awake(EntityCell)
    /// Nothing of it is under way, no timer is set, and it has no soft state.
    case resting(EntityFunctions, [UInt8])

    /// True once an event is committed.
    var isCommitted: Bool {
        switch self {
        case .awake(let cell): cell.isCommitted
        case .resting: true
        }
    }

    /// The committed state in its binary form.
    var encoded: [UInt8] {
        switch self {
        case .awake(let cell): cell.encoded
        case .resting(_, let bytes): bytes
        }
    }

    /// Ready to decide. Of one at rest a new cell, which counts only when it is put in its place.
    func awakened(_ key: String) -> EntityCell {
        switch self {
        case .awake(let cell): return cell
        case .resting(let kind, let bytes):
            let cell = kind.cell(key: key)
            do { try cell.restore(bytes, key: key) } catch {
                preconditionFailure("the state of \(key) at rest cannot be read: \(error)")
            }
            return cell
        }
    }
}

extension ShardCore {
    /// What was not used for one to two of these goes to rest.
    static let ticksBeforeRest = 20

    /// The entity, ready to decide; a new one where nothing is known of it. Nil where there is no such kind.
    func cell(_ id: EntityID) -> EntityCell? {
        let cell: EntityCell
        switch cells[id] {
        case .awake(let found)?: cell = found
        case .resting?:
            guard let woken = cells[id]?.awakened(id.key) else { return nil }
            wake(id, as: woken)
            cell = woken
        case nil:
            guard let made = settings.table.cell(for: id) else { return nil }
            cells[id] = .awake(made)
            cell = made
        }
        if cell.kind.rests { warm.insert(id) }
        return cell
    }

    /// An entity that may have been at rest is this cell from now on.
    func wake(_ id: EntityID, as cell: EntityCell) {
        if case .resting(_, let bytes)? = cells[id], isChecked { stateHash.wakes(id, bytes) }
        cells[id] = .awake(cell)
        if cell.kind.rests { warm.insert(id) }
    }

    /// The entity, if it is awake: what has something under way always is.
    func awake(_ id: EntityID) -> EntityCell? {
        if case .awake(let cell) = cells[id] { cell } else { nil }
    }

    /// From time to time: what stalls is sent again, and what is idle goes to rest.
    func tick(at clock: Instant) {
        resendStalled(at: clock)
        ticks += 1
        guard ticks % Self.ticksBeforeRest == 0 else { return }
        for id in cooling where !warm.contains(id) {
            guard let cell = awake(id) else { continue }
            guard cell.isAtRest else {
                warm.insert(id)
                continue
            }
            let bytes = cell.encoded.trimmed
            stateHash.rests(id, bytes)
            cells[id] = .resting(cell.kind, bytes)
        }
        cooling = warm
        warm = []
    }
}

extension [UInt8] {
    /// The same without spare room.
    fileprivate var trimmed: [UInt8] { capacity > count + 16 ? [UInt8](self[...]) : self }
}
