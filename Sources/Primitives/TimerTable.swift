/// Due times by key, earliest first: at most one per key. A value, so that timers are part of an entity's state; its copies share
/// what they have in common.
public struct TimerTable<Key: Comparable & Sendable>: Sendable, Equatable {
    @usableFromInline struct Entry: Sendable, Equatable, Comparable {
        @usableFromInline let due: Instant
        @usableFromInline let key: Key

        @inlinable init(due: Instant, key: Key) {
            self.due = due
            self.key = key
        }

        @inlinable static func < (left: Entry, right: Entry) -> Bool {
            left.due == right.due ? left.key < right.key : left.due < right.due
        }
    }

    @usableFromInline var entries = TreeSet<Entry>()
    @usableFromInline var dues = TreeMap<Key, Instant>()

    @inlinable public init() {}

    @inlinable public var earliest: Instant? { entries.first?.due }

    @inlinable public mutating func set(_ key: Key, due: Instant) {
        if let old = dues.set(key, due) { entries.remove(Entry(due: old, key: key)) }
        entries.insert(Entry(due: due, key: key))
    }

    @inlinable public mutating func clear(_ key: Key) {
        guard let due = dues.remove(key) else { return }
        entries.remove(Entry(due: due, key: key))
    }

    /// The keys that are due, earliest first, at most `limit` of them.
    @inlinable public func due(at now: Instant, limit: Int) -> [Key] {
        var keys: [Key] = []
        _ = entries.first { entry in
            guard entry.due <= now, keys.count < limit else { return true }
            keys.append(entry.key)
            return false
        }
        return keys
    }
}

extension Array where Element: Comparable {
    /// Where `element` stands, or would stand, in this sorted array.
    @inlinable public func insertionIndex(of element: Element) -> Int {
        var low = startIndex
        var high = endIndex
        while low < high {
            let middle = low + (high - low) / 2
            if self[middle] < element { low = middle + 1 } else { high = middle }
        }
        return low
    }
}
