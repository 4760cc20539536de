internal import Cluster
internal import Linearizability
internal import Primitives

/// Clients that read and write registers on several shards and remember what they were told and when: promise 5 (each
/// register behaves as if its commands ran one after another), and promise 6, since a write that takes effect twice
/// shows in the versions.
///
/// Half of the writes carry a key and are repeated until they are answered; the others are tried once, so that refusals
/// are seen as they are decided.
///
/// Proof for `@unchecked Sendable`: used only through a ``SimulatedWorld``, which checks its thread at each use.
final class RegisterClients: @unchecked Sendable {
    private typealias Operation = TimedOperation<VersionedRegister>

    private static let clients = 3
    private static let registers = 4
    private static let burstLength = 8

    private let calls: ClientCalls
    private let world: SimulatedWorld
    private var operations: [[Operation]]
    /// The version of each register as its clients last heard it.
    private var heard: [Int]
    private var writes = 0
    /// Registers of which nothing is known, since the search took too long.
    private(set) var undecided = 0
    /// From then on nobody begins anything.
    private var end: Instant?

    init(calls: ClientCalls, world: SimulatedWorld) {
        self.calls = calls
        self.world = world
        operations = Array(repeating: [], count: Self.registers)
        heard = Array(repeating: 0, count: Self.registers)
    }

    /// Begins to read and write.
    func open(until end: Instant) {
        self.end = end
        for client in 1...Self.clients { pause(client) }
    }

    private func pause(_ client: Int) {
        world.after(world.span(50_000...1_200_000)) { [self] in
            guard isOpen else { return }
            act(on: any()) { [self] _ in pause(client) }
        }
    }

    private var isOpen: Bool { end.map { world.now < $0 } ?? false && !calls.isClosed }

    private func any() -> Int { world.random { Int($0.pick(0...Int64(Self.registers - 1))) } }

    /// Some clients do one thing after the other with one register: so that there is always something uncommitted that
    /// others could be told of too early.
    func burst() {
        let register = any()
        for _ in 1...Self.clients { rush(register, Self.burstLength) }
    }

    private func rush(_ register: Int, _ left: Int) {
        guard left > 0, isOpen else { return }
        world.after(world.span(200...5_000)) { [self] in
            act(on: register) { [self] isAnswered in if isAnswered { rush(register, left - 1) } }
        }
    }

    /// - Parameter next: is told whether there was an answer.
    private func act(on register: Int, then next: @escaping @Sendable (Bool) -> Void) {
        let choice = world.random { $0.pick(0...99) }
        if choice < 40 { return read(register, then: next) }
        writes += 1
        let version = heard[register]
        let isConditional = choice >= 70
        let command: RegisterCommand =
            isConditional ? .writeIf(version: UInt64(version), bytes(writes)) : .write(bytes(writes))
        let input: VersionedRegister.Input = isConditional ? .writeIf(version: version, writes) : .write(writes)
        let place = begin(input, register)
        let entity = entity(register)
        let answered: @Sendable (RegisterReply?) -> Void = { [self] reply in
            if let reply { complete(place, register, reply) }
            next(reply != nil)
        }
        if choice % 2 == 0 {
            return calls.call(command, on: entity, key: "register \(writes)", answered: answered)
        }
        calls.attempt(command, on: entity, key: nil) { [self] outcome in
            switch outcome {
            case .answered(let reply): answered(reply)
            case .refused, .notExecuted:
                operations[register][place].invoked = .max
                answered(nil)
            case .unknown: answered(nil)
            }
        }
    }

    private func read(_ register: Int, then next: @escaping @Sendable (Bool) -> Void) {
        let invoked = world.now.microseconds
        calls.attempt(RegisterCommand.read, on: entity(register), key: nil) { [self] outcome in
            guard case .answered(let reply) = outcome else { return next(false) }
            let place = begin(.read, register)
            operations[register][place].invoked = invoked
            complete(place, register, reply)
            next(true)
        }
    }

    private func begin(_ input: VersionedRegister.Input, _ register: Int) -> Int {
        operations[register].append(Operation(input, nil, invoked: world.now.microseconds, completed: nil))
        return operations[register].count - 1
    }

    private func complete(_ place: Int, _ register: Int, _ reply: RegisterReply) {
        operations[register][place].completed = world.now.microseconds
        switch reply {
        case .value(let value, let version):
            operations[register][place].output = .value(number(value), version: Int(version))
            heard[register] = Int(version)
        case .written(let version):
            operations[register][place].output = .written(version: Int(version))
            heard[register] = Int(version)
        case .mismatch(let version):
            operations[register][place].output = .mismatch
            heard[register] = Int(version)
        }
    }

    private func entity(_ register: Int) -> EntityID { EntityID(.register, "r\(register + 1)") }

    private func bytes(_ number: Int) -> [UInt8] {
        var writer = ByteWriter()
        writer.write(UInt64(number))
        return writer.bytes
    }

    private func number(_ bytes: [UInt8]) -> Int {
        var reader = ByteReader(bytes)
        return (try? reader.read(UInt64.self)).map { Int($0) } ?? 0
    }

    /// What the clients were told, and no order of their calls explains.
    func firstViolation() -> String? {
        let model = VersionedRegister()
        for (register, all) in operations.enumerated() {
            let made = Self.told(all)
            let last: Int
            switch Linearizability.check(model, operations: made) {
            case .linearizable: continue
            case .undecided:
                undecided += 1
                continue
            case .violated(let place): last = place
            }
            let evidence = Linearizability.evidence(model, of: made, upTo: last).map { words(made[$0]) }
            return "promise 5: no order of its calls explains what r\(register + 1) answered: "
                + evidence.joined(separator: "; ")
        }
        return nil
    }

    /// The operations, and of those without an answer what reads tell of them: a value that was read was written with the
    /// version that was read, before the read was answered.
    private static func told(_ all: [Operation]) -> [Operation] {
        var seen: [Int: (version: Int?, by: Int64)] = [:]
        for operation in all {
            guard case .value(let value, let version) = operation.output, let completed = operation.completed else {
                continue
            }
            seen[value] = (version, min(completed, seen[value]?.by ?? .max))
        }
        // What certainly had no effect is no operation.
        return all.filter { $0.invoked != .max }.map { operation in
            guard operation.completed == nil, let found = operation.input.written.flatMap({ seen[$0] }) else {
                return operation
            }
            return Operation(
                operation.input, .written(version: found.version), invoked: operation.invoked, completed: found.by)
        }
    }

    private func words(_ operation: Operation) -> String {
        let answer = operation.output.map { "\($0)" } ?? "unknown"
        let times = [operation.invoked, operation.completed].map { time in
            time.map { "\((Instant(microseconds: $0) - SimulatedWorld.origin).seconds)" } ?? "?"
        }
        return "\(operation.input) at \(times[0]) answered \(answer) at \(times[1])"
    }
}

extension VersionedRegister.Input {
    /// The value that it writes, if it does.
    fileprivate var written: Int? {
        switch self {
        case .write(let value), .writeIf(_, let value), .compareAndSet(_, let value): value
        case .read: nil
        }
    }
}
