public import Primitives

/// Which entity kinds exist, by the numeric ids that travel. Its hash is compared in the handshake; no string from a
/// peer ever chooses code.
public struct MethodTable: Sendable {
    private struct Entry: Sendable {
        let method: UInt16
        let make: @Sendable (String) -> any EntityCell
    }

    private var entries: [EntityKind: Entry] = [:]

    public init() { register(EchoState.self) }

    /// Adds a kind of entity.
    public mutating func register<E: Entity>(_ type: E.Type) {
        precondition(entries[E.kind] == nil, "\(E.kind) is registered twice")
        entries[E.kind] = Entry(method: E.Command.method, make: { Cell<E>(key: $0) })
    }

    /// Changes with every kind, method number and format version.
    public var hash: UInt64 {
        var hash = UInt64(Frame.version)
        for kind in EntityKind.allCases {
            hash = StableHash.combine(hash, UInt64(entries[kind]?.method ?? 0) << 8 | UInt64(kind.rawValue))
        }
        return hash
    }

    func cell(for id: EntityID) -> (any EntityCell)? { entries[id.kind]?.make(id.key) }
}
