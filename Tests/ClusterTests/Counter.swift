import Primitives

/// A small entity for the runtime's tests: it counts, refuses, passes numbers on and tells what it lived through.
struct Counter: Entity, Equatable {
    struct Soft: Sendable {
        /// Decisions of this activation, so that a test sees when a command was decided again.
        var decisions: UInt64 = 0
    }

    static var kind: EntityKind { .queue }
    static var dueCommand: CounterCommand { .due }
    static func freshSoft() -> Soft { Soft() }
    static func recoveredCommand(_ shard: ShardID) -> CounterCommand { .recovered(shard) }

    let key: String
    private(set) var taken: [UInt64] = []
    private(set) var recovered: [UInt64] = []

    init(key: String) { self.key = key }

    /// Who has taken this last is due at once, and stays so until a leader has taken the time for it.
    static let bell: UInt64 = 0xBE11

    func nextDue(soft: Soft) -> Instant? { taken.last == Self.bell ? .zero : nil }

    func decide(_ command: CounterCommand, soft: inout Soft, in context: inout DecisionContext) -> Decision<Counter> {
        soft.decisions += 1
        let entity = EntityID(.queue, key)
        switch command {
        case .add(let number):
            let notice = Notice("added", of: entity, at: context.now, [.init("number", .number(Double(number)))])
            return Decision(.total(taken.reduce(number, &+)), events: [.took(number)], notices: [notice])
        case .refuse: return Decision(.refused)
        case .view: return Decision(.view(taken, recovered, decisions: soft.decisions))
        case .passOn(let target, let numbers):
            return Decision(.done, outgoing: numbers.map { .logged(CounterCommand.add($0), to: target) })
        case .passRefusal(let target):
            return Decision(.done, outgoing: [.logged(CounterCommand.refuse, to: target)])
        case .ring(let number):
            let secret = Notice(
                "ring", of: entity, audience: .agentSession, at: context.now,
                [.init("number", .number(Double(number)))])
            return Decision(.done, events: [.took(number)], notices: [secret])
        case .due: return Decision(.done, events: [.took(0)])
        case .recovered(let shard): return Decision(.done, events: [.sawRecovery(UInt64(shard.number))])
        }
    }

    mutating func apply(_ event: CounterEvent, at time: Instant) {
        switch event {
        case .took(let number): taken.append(number)
        case .sawRecovery(let shard): recovered.append(shard)
        }
    }

    func encodeState(into writer: inout ByteWriter) {
        writer.write(UInt8(1))
        for list in [taken, recovered] {
            writer.writeCount(list.count)
            for number in list { writer.writeVariable(number) }
        }
    }

    init(key: String, decodingState reader: inout ByteReader) throws(WireError) {
        let version = try reader.read(UInt8.self)
        guard version == 1 else { throw .unknownTag("version of the counter state", Int(version)) }
        self.init(key: key)
        for _ in 0..<(try reader.readCount()) { taken.append(try reader.readVariable()) }
        for _ in 0..<(try reader.readCount()) { recovered.append(try reader.readVariable()) }
    }
}

enum CounterEvent: WireValue, Equatable {
    case took(UInt64)
    case sawRecovery(UInt64)

    func encode(into writer: inout ByteWriter) {
        switch self {
        case .took(let number):
            writer.write(true)
            writer.write(number)
        case .sawRecovery(let number):
            writer.write(false)
            writer.write(number)
        }
    }

    init(from reader: inout ByteReader) throws(WireError) {
        self = try reader.readFlag() ? .took(try reader.read()) : .sawRecovery(try reader.read())
    }
}

enum CounterCommand: EntityCommand, Equatable {
    case add(UInt64)
    case refuse
    case view
    case passOn(to: String, [UInt64])
    case passRefusal(to: String)
    case ring(UInt64)
    case due
    case recovered(ShardID)

    typealias Reply = CounterReply
    static var kind: EntityKind { .queue }
    static var method: UInt16 { 77 }
    var isRead: Bool { self == .view }

    func encode(into writer: inout ByteWriter) {
        switch self {
        case .add(let number):
            writer.write(UInt8(1))
            writer.write(number)
        case .refuse: writer.write(UInt8(2))
        case .view: writer.write(UInt8(3))
        case .passOn(let target, let numbers):
            writer.write(UInt8(4))
            writer.write(target)
            writer.writeCount(numbers.count)
            for number in numbers { writer.write(number) }
        case .passRefusal(let target):
            writer.write(UInt8(5))
            writer.write(target)
        case .ring(let number):
            writer.write(UInt8(6))
            writer.write(number)
        case .due: writer.write(UInt8(7))
        case .recovered(let shard):
            writer.write(UInt8(8))
            writer.write(shard.number)
        }
    }

    init(from reader: inout ByteReader) throws(WireError) {
        switch try reader.read(UInt8.self) {
        case 1: self = .add(try reader.read())
        case 2: self = .refuse
        case 3: self = .view
        case 4:
            let target = try reader.readString()
            var numbers: [UInt64] = []
            for _ in 0..<(try reader.readCount(each: 8)) { numbers.append(try reader.read()) }
            self = .passOn(to: target, numbers)
        case 5: self = .passRefusal(to: try reader.readString())
        case 6: self = .ring(try reader.read())
        case 7: self = .due
        case 8: self = .recovered(ShardID(try reader.read(UInt32.self)))
        case let tag: throw .unknownTag("counter command", Int(tag))
        }
    }
}

enum CounterReply: EntityMessage, Equatable {
    case done
    case refused
    case total(UInt64)
    case view([UInt64], [UInt64], decisions: UInt64)

    func encode(into writer: inout ByteWriter) {
        switch self {
        case .done: writer.write(UInt8(0))
        case .refused: writer.write(UInt8(1))
        case .total(let number):
            writer.write(UInt8(2))
            writer.write(number)
        case .view(let taken, let recovered, let decisions):
            writer.write(UInt8(3))
            for list in [taken, recovered] {
                writer.writeCount(list.count)
                for number in list { writer.write(number) }
            }
            writer.write(decisions)
        }
    }

    init(from reader: inout ByteReader) throws(WireError) {
        switch try reader.read(UInt8.self) {
        case 0: self = .done
        case 1: self = .refused
        case 2: self = .total(try reader.read())
        case 3:
            var lists: [[UInt64]] = []
            for _ in 0..<2 {
                var list: [UInt64] = []
                for _ in 0..<(try reader.readCount(each: 8)) { list.append(try reader.read()) }
                lists.append(list)
            }
            self = .view(lists[0], lists[1], decisions: try reader.read())
        case let tag: throw .unknownTag("counter reply", Int(tag))
        }
    }
}
