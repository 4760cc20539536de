/// An ordered set whose copies share what they have in common (``TreeMap``).
public struct TreeSet<Element: Comparable & Sendable>: Sendable, Equatable {
    @usableFromInline struct Nothing: Sendable, Equatable {
        @inlinable init() {}
    }

    @usableFromInline var map = TreeMap<Element, Nothing>()

    @inlinable public init() {}

    @inlinable public var count: Int { map.count }
    @inlinable public var isEmpty: Bool { map.isEmpty }
    @inlinable public var first: Element? { map.first?.key }

    /// Returns whether the element was not there before.
    @inlinable @discardableResult public mutating func insert(_ element: Element) -> Bool {
        map.set(element, Nothing()) == nil
    }

    /// Returns whether the element was there.
    @inlinable @discardableResult public mutating func remove(_ element: Element) -> Bool { map.remove(element) != nil }

    @inlinable public func contains(_ element: Element) -> Bool { map[element] != nil }

    /// The first element, in order, that fulfils a condition.
    @inlinable public func first(where isWanted: (Element) -> Bool) -> Element? {
        map.first { element, _ in isWanted(element) }?.key
    }
}
