/// An ordered map whose copies share what they have in common: a B+ tree that copies only the path to a change.
///
/// An entity's state exists twice while entries are under way, once as committed and once ahead of it. A copy of this map costs
/// one reference, and a change of either copies some nodes of ``TreeNode/limit`` keys, however many there are in all.
/// Lookups, changes and the place of a key take O(log n).
public struct TreeMap<Key: Comparable & Sendable, Value: Sendable>: Sendable {
    @usableFromInline var root: TreeNode<Key, Value>?

    @inlinable public init() {}

    public typealias Element = (key: Key, value: Value)

    @inlinable public var count: Int { root?.count ?? 0 }
    @inlinable public var isEmpty: Bool { root == nil }
    @inlinable public var first: Element? { root?.first }
    /// In order.
    @inlinable public var elements: [Element] { prefix(count) }
    @inlinable public var keys: [Key] { elements.map(\.key) }
    @inlinable public var values: [Value] { elements.map(\.value) }

    @inlinable public subscript(key: Key) -> Value? {
        get { root?.value(of: key) }
        set {
            if let newValue { set(key, newValue) } else { remove(key) }
        }
    }

    /// Sets a value, and returns the one that it replaces.
    @inlinable @discardableResult public mutating func set(_ key: Key, _ value: Value) -> Value? {
        guard var own = takeRoot() else {
            root = TreeNode(keys: [key], values: [value])
            return nil
        }
        let old = own.set(key, value)
        if own.isFull {
            let right = own.split()
            own = TreeNode(keys: [own.keys[0], right.keys[0]], children: [own, right], count: own.count + right.count)
        }
        root = own
        return old
    }

    /// Removes a key with its value, which is returned.
    @inlinable @discardableResult public mutating func remove(_ key: Key) -> Value? {
        // Nothing is copied for a key that is not there.
        guard self[key] != nil, var own = takeRoot() else { return nil }
        let old = own.remove(key)
        while own.children.count == 1 { own = own.children[0] }
        root = own.count == 0 ? nil : own
        return old
    }

    /// Changes the value of a key where it stands; nothing happens when the key is not there.
    @inlinable public mutating func update(_ key: Key, _ change: (inout Value) -> Void) {
        guard self[key] != nil, let own = takeRoot() else { return }
        own.update(key, change)
        root = own
    }

    /// The root as a node of this map alone, out of the map until it is put back.
    @inlinable mutating func takeRoot() -> TreeNode<Key, Value>? {
        guard var own = root else { return nil }
        root = nil
        return isKnownUniquelyReferenced(&own) ? own : own.copy()
    }

    /// How many keys are smaller.
    @inlinable public func place(of key: Key) -> Int { root?.place(of: key) ?? 0 }

    /// The first element, in order, that fulfils a condition.
    @inlinable public func first(where isWanted: (Key, Value) -> Bool) -> Element? { root?.first(where: isWanted) }

    /// Visits the elements in order until `body` returns false.
    @inlinable public func forEach(_ body: (Key, Value) -> Bool) { _ = root?.first { !body($0, $1) } }

    /// The first elements in order, at most `limit`.
    @inlinable public func prefix(_ limit: Int) -> [Element] {
        var elements: [Element] = []
        guard limit > 0 else { return elements }
        elements.reserveCapacity(min(limit, count))
        forEach { key, value in
            elements.append((key, value))
            return elements.count < limit
        }
        return elements
    }
}

extension TreeMap: Equatable where Value: Equatable {
    /// The same elements; how they are spread over nodes does not matter.
    public static func == (left: Self, right: Self) -> Bool {
        left.root === right.root
            || left.count == right.count
                && zip(left.prefix(left.count), right.prefix(right.count)).allSatisfy {
                    $0.key == $1.key && $0.value == $1.value
                }
    }
}

/// A node of a ``TreeMap``: a leaf with values, or an inner node with children and the least key that each may hold.
///
/// Proof for `@unchecked Sendable`: a node is changed only through a `TreeMap` that has exclusive access to itself and, by
/// `isKnownUniquelyReferenced` from the root down, to the node; all others only read it.
@usableFromInline final class TreeNode<Key: Comparable & Sendable, Value: Sendable>: @unchecked Sendable {
    /// Keys of a node; one more and it is split. Fewer where they and their values are large, since a change copies some nodes.
    @usableFromInline static var limit: Int {
        max(8, min(32, 1_024 / (MemoryLayout<Key>.stride + MemoryLayout<Value>.stride)))
    }

    @usableFromInline var keys: [Key]
    @usableFromInline var values: [Value]
    @usableFromInline var children: [TreeNode]
    /// Elements in this subtree.
    @usableFromInline var count: Int

    @inlinable init(keys: [Key], values: [Value]) {
        self.keys = keys
        self.values = values
        children = []
        count = keys.count
    }

    @inlinable init(keys: [Key], children: [TreeNode], count: Int) {
        self.keys = keys
        self.children = children
        values = []
        self.count = count
    }

    @inlinable var isLeaf: Bool { children.isEmpty }
    @inlinable var isFull: Bool { keys.count > Self.limit }

    @inlinable func copy() -> TreeNode {
        isLeaf ? TreeNode(keys: keys, values: values) : TreeNode(keys: keys, children: children, count: count)
    }

    /// The child that holds `key`, if any does.
    @inlinable func child(for key: Key) -> Int {
        var low = 1
        var high = keys.count
        while low < high {
            let middle = (low + high) / 2
            if key < keys[middle] { high = middle } else { low = middle + 1 }
        }
        return low - 1
    }

    @inlinable func value(of key: Key) -> Value? {
        var node = self
        while !node.isLeaf { node = node.children[node.child(for: key)] }
        let index = node.keys.insertionIndex(of: key)
        return index < node.keys.count && node.keys[index] == key ? node.values[index] : nil
    }

    @inlinable var first: (key: Key, value: Value)? {
        var node = self
        while !node.isLeaf { node = node.children[0] }
        return node.keys.isEmpty ? nil : (node.keys[0], node.values[0])
    }

    @inlinable func place(of key: Key) -> Int {
        var node = self
        var before = 0
        while !node.isLeaf {
            let index = node.child(for: key)
            for earlier in 0..<index { before += node.children[earlier].count }
            node = node.children[index]
        }
        return before + node.keys.insertionIndex(of: key)
    }

    @inlinable func first(where isWanted: (Key, Value) -> Bool) -> (key: Key, value: Value)? {
        if isLeaf {
            for index in keys.indices where isWanted(keys[index], values[index]) { return (keys[index], values[index]) }
            return nil
        }
        for child in children {
            if let found = child.first(where: isWanted) { return found }
        }
        return nil
    }

    // MARK: changes, of a node that belongs to one map

    @inlinable func set(_ key: Key, _ value: Value) -> Value? {
        guard !isLeaf else {
            let index = keys.insertionIndex(of: key)
            if index < keys.count, keys[index] == key {
                let old = values[index]
                values[index] = value
                return old
            }
            keys.insert(key, at: index)
            values.insert(value, at: index)
            count += 1
            return nil
        }
        let index = child(for: key)
        own(index)
        let old = children[index].set(key, value)
        if old == nil { count += 1 }
        if key < keys[index] { keys[index] = key }
        if children[index].isFull {
            let right = children[index].split()
            keys.insert(right.keys[0], at: index + 1)
            children.insert(right, at: index + 1)
        }
        return old
    }

    /// - Precondition: the key is there.
    @inlinable func remove(_ key: Key) -> Value {
        guard !isLeaf else {
            let index = keys.insertionIndex(of: key)
            keys.remove(at: index)
            count -= 1
            return values.remove(at: index)
        }
        let index = child(for: key)
        own(index)
        let old = children[index].remove(key)
        count -= 1
        mergeIfSmall(index)
        return old
    }

    /// - Precondition: the key is there.
    @inlinable func update(_ key: Key, _ change: (inout Value) -> Void) {
        guard !isLeaf else { return change(&values[keys.insertionIndex(of: key)]) }
        let index = child(for: key)
        own(index)
        children[index].update(key, change)
    }

    /// Half of what is over goes to a new right neighbour.
    @inlinable func split() -> TreeNode {
        let middle = keys.count / 2
        let right: TreeNode
        if isLeaf {
            right = TreeNode(keys: Array(keys[middle...]), values: Array(values[middle...]))
            values.removeSubrange(middle...)
        } else {
            let half = Array(children[middle...])
            right = TreeNode(keys: Array(keys[middle...]), children: half, count: half.reduce(0) { $0 + $1.count })
            children.removeSubrange(middle...)
        }
        keys.removeSubrange(middle...)
        count -= right.count
        return right
    }

    @inlinable func own(_ index: Int) {
        if !isKnownUniquelyReferenced(&children[index]) { children[index] = children[index].copy() }
    }

    /// What is empty goes; two neighbours of which one is small become one where that fits.
    @inlinable func mergeIfSmall(_ index: Int) {
        guard children.count > 1, children[index].keys.count < Self.limit / 4 || children[index].count == 0 else {
            return
        }
        if children[index].count == 0 {
            keys.remove(at: index)
            children.remove(at: index)
            return
        }
        let left = index > 0 ? index - 1 : index
        guard children[left].keys.count + children[left + 1].keys.count <= Self.limit else { return }
        own(left)
        keys.remove(at: left + 1)
        let right = children.remove(at: left + 1)
        let node = children[left]
        node.keys.append(contentsOf: right.keys)
        node.values.append(contentsOf: right.values)
        node.children.append(contentsOf: right.children)
        node.count += right.count
    }
}
