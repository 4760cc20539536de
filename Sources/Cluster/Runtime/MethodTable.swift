public import Primitives

/// Which entity kinds exist, by the numeric ids that travel. Its hash is compared in the handshake; no string from a
/// peer ever chooses code.
public struct MethodTable: Sendable {
    private var entries: [EntityKind: EntityFunctions] = [:]

    public init() {
        register(EchoState.self)
        register(ClusterState.self)
    }

    /// Adds a kind of entity.
    @inlinable public mutating func register<E: Entity>(_ type: E.Type) { add(E.kind, .of(type)) }

    @usableFromInline mutating func add(_ kind: EntityKind, _ functions: EntityFunctions) {
        precondition(entries[kind] == nil, "\(kind) is registered twice")
        let isTaken = functions.method == KeyList.question || entries.values.contains { $0.method == functions.method }
        precondition(!isTaken, "\(kind) has the method number \(functions.method) of something else")
        entries[kind] = functions
    }

    /// Changes with every kind, method number and format version.
    public var hash: UInt64 {
        var hash = UInt64(Frame.version)
        for kind in EntityKind.allCases {
            hash = StableHash.combine(hash, UInt64(entries[kind]?.method ?? 0) << 8 | UInt64(kind.rawValue))
        }
        return hash
    }

    /// What a command is called, for logs: the name of its case, or its method's number when it cannot be read.
    func name(of input: CommandInput, to entity: EntityID) -> String {
        switch input {
        case .typed(let command): return Self.name(of: command)
        case .bytes(method: KeyList.question, _): return "keys"
        case .bytes(let method, let bytes):
            guard let command = entries[entity.kind]?.command(bytes) else { return "\(method)" }
            return Self.name(of: command)
        }
    }

    private static func name(of command: any EntityCommand) -> String {
        let mirror = Mirror(reflecting: command)
        guard mirror.displayStyle == .enum else { return "\(type(of: command))" }
        return mirror.children.first?.label ?? "\(command)"
    }

    func cell(for id: EntityID) -> EntityCell? { entries[id.kind]?.cell(key: id.key) }
}
