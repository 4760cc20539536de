public import Primitives

/// An operation without its steps: what a list tells. All that are kept with all their steps would exceed a frame.
public struct OperationSummary: Sendable, Equatable {
    public let number: UInt64
    public let kind: Operation.Kind
    /// The node that is emptied, if that is what it is about.
    public let node: NodeID?
    public let created: Instant
    /// Steps that run at a time.
    public let concurrent: Int
    public let state: Operation.State
    public let ended: Instant
    /// When one of its steps began, got on or ended last; zero before the first.
    public let moved: Instant
    /// Steps in each state, in the order of the states.
    private let counts: [Int]

    init(_ operation: Operation) {
        number = operation.number
        kind = operation.kind
        node = operation.node
        created = operation.created
        concurrent = operation.concurrent
        state = operation.state
        ended = operation.ended
        moved = operation.steps.map { max($0.started, $0.learning, $0.exchanging, $0.ended) }.max() ?? .zero
        counts = Operation.State.allCases.map { operation.steps(in: $0) }
    }

    /// Its name at the interface.
    public var id: String { "op-\(number)" }
    /// Steps in all.
    public var steps: Int { counts.reduce(0, +) }

    public func steps(in state: Operation.State) -> Int {
        zip(Operation.State.allCases, counts).first { $0.0 == state }?.1 ?? 0
    }
}

extension Operation {
    public var summary: OperationSummary { OperationSummary(self) }
}

extension OperationSummary: WireValue {
    public func encode(into writer: inout ByteWriter) {
        writer.write(number)
        writer.write(kind.rawValue)
        writer.write(node?.name)
        writer.write(created)
        writer.writeCount(concurrent)
        writer.write(state.rawValue)
        writer.write(ended)
        writer.write(moved)
        for count in counts { writer.writeCount(count) }
    }

    public init(from reader: inout ByteReader) throws(WireError) {
        number = try reader.read(UInt64.self)
        kind = try Operation.Kind(from: &reader)
        node = try reader.readOptional(String.self).map { NodeID($0) }
        created = try reader.readInstant()
        concurrent = try reader.readCount(each: 0, limit: Operation.stepLimit)
        state = try Operation.State(from: &reader)
        ended = try reader.readInstant()
        moved = try reader.readInstant()
        var counts: [Int] = []
        for _ in Operation.State.allCases { counts.append(try reader.readCount(each: 0, limit: Operation.stepLimit)) }
        self.counts = counts
    }
}
