public import Primitives

extension RoutingRules: WireValue {
    /// Steps of a cascade, rings, and rules of the preferred stage.
    static let stepLimit = 100

    public func encode(into writer: inout ByteWriter) {
        writer.write(evaluation)
        writer.writeVariable(UInt64(candidateWindow ?? 0))
        writer.write(idleClock)
        writer.write(optional: lastAgent.map { UInt64(bitPattern: $0.microseconds) })
        writer.write(direct.wait.microseconds)
        writer.write(direct.backupQueue)
        writer.write(preferred.rules)
        writer.write(preferred.asksSkills)
        switch method {
        case .standard: writer.write(UInt8(0))
        case .bullseye(let rings):
            writer.write(UInt8(1))
            writer.write(rings)
        case .conditionalGroups(let rules):
            writer.write(UInt8(2))
            writer.write(rules)
        }
        writer.write(cascade)
    }

    public init(from reader: inout ByteReader) throws(WireError) {
        self.init()
        evaluation = try reader.read()
        let window = Int(clamping: try reader.readVariable())
        candidateWindow = window == 0 ? nil : window
        idleClock = try reader.read()
        lastAgent = (try reader.readOptionalNumber()).map { Span(microseconds: Int64(bitPattern: $0)) }
        direct.wait = Span(microseconds: try reader.read(Int64.self))
        direct.backupQueue = try reader.readOptional()
        preferred.rules = try reader.readList(limit: Self.stepLimit)
        preferred.asksSkills = try reader.readFlag()
        switch try reader.read(UInt8.self) {
        case 0: method = .standard
        case 1: method = .bullseye(try reader.readList(limit: Self.stepLimit))
        case 2: method = .conditionalGroups(try reader.readList(limit: Self.stepLimit))
        case let tag: throw .unknownTag("routing method", Int(tag))
        }
        cascade = try reader.readList(limit: Self.stepLimit)
    }
}

extension PreferredStage.Rule: WireValue {
    public func encode(into writer: inout ByteWriter) {
        writer.writeVariable(UInt64(minimumScore))
        writer.write(wait.microseconds)
    }

    public init(from reader: inout ByteReader) throws(WireError) {
        let score = Int(clamping: try reader.readVariable())
        self.init(minimumScore: score, wait: Span(microseconds: try reader.read(Int64.self)))
    }
}

extension Ring: WireValue {
    public func encode(into writer: inout ByteWriter) {
        writer.write(wait.microseconds)
        writer.write(dropSkills)
        writer.write(addGroups)
    }

    public init(from reader: inout ByteReader) throws(WireError) {
        let wait = Span(microseconds: try reader.read(Int64.self))
        self.init(
            wait: wait, dropSkills: try reader.readList(limit: RoutingRules.stepLimit),
            addGroups: try reader.readList(limit: RoutingRules.stepLimit))
    }
}

extension ConditionalRule: WireValue {
    public func encode(into writer: inout ByteWriter) {
        writer.write(metric)
        writer.write(queue)
        writer.write(comparison)
        writer.write(value)
        writer.write(groups)
        writer.write(wait.microseconds)
    }

    public init(from reader: inout ByteReader) throws(WireError) {
        metric = try reader.read()
        queue = try reader.read()
        comparison = try reader.read()
        value = try reader.readDouble()
        groups = try reader.readList(limit: RoutingRules.stepLimit)
        wait = Span(microseconds: try reader.read(Int64.self))
    }
}

extension CascadeStep: WireValue {
    public func encode(into writer: inout ByteWriter) {
        writer.write(after.microseconds)
        writer.write(dropSupplementary)
        writer.write(dropSkills)
        writer.write(lowerMinimumBy)
    }

    public init(from reader: inout ByteReader) throws(WireError) {
        let after = Span(microseconds: try reader.read(Int64.self))
        self.init(
            after: after, dropSupplementary: try reader.readFlag(),
            dropSkills: try reader.readList(limit: RoutingRules.stepLimit),
            lowerMinimumBy: try reader.read(UInt8.self))
    }
}
