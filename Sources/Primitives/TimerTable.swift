/// Due times by key, earliest first: at most one per key. A value, so that timers are part of an entity's state.
public struct TimerTable<Key: Hashable & Comparable & Sendable>: Sendable, Equatable {
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

    @usableFromInline var entries: [Entry] = []
    @usableFromInline var dues: [Key: Instant] = [:]

    @inlinable public init() {}

    /// The table that holds exactly these due times; equal to one that set them one by one.
    @inlinable public init(_ dues: [Key: Instant]) {
        self.dues = dues
        entries = dues.map { Entry(due: $0.value, key: $0.key) }.sorted()
    }

    @inlinable public var earliest: Instant? { entries.first?.due }

    @inlinable public mutating func set(_ key: Key, due: Instant) {
        clear(key)
        dues[key] = due
        let entry = Entry(due: due, key: key)
        entries.insert(entry, at: entries.insertionIndex(of: entry))
    }

    @inlinable public mutating func clear(_ key: Key) {
        if dues.isEmpty { return }
        guard let due = dues.removeValue(forKey: key) else { return }
        entries.remove(at: entries.insertionIndex(of: Entry(due: due, key: key)))
    }

    /// The keys that are due, earliest first, at most `limit` of them.
    @inlinable public func due(at now: Instant, limit: Int) -> [Key] {
        var keys: [Key] = []
        for entry in entries {
            guard entry.due <= now, keys.count < limit else { break }
            keys.append(entry.key)
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
