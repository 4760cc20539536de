/// Something that happened to an entity, told to subscribers of its topic once it is committed.
///
/// The topic is the entity. Names are the last part of the public event type: `offer.alerting` becomes
/// `com.tandem.offer.alerting.v1`.
public struct Notice: WireValue, Equatable {
    public enum Audience: UInt8, Sendable {
        /// Whoever may read the topic.
        case topic = 0
        /// Only the agent's own session. Never retained: it may carry an offer's nonce.
        case agentSession = 1
    }

    public enum Field: WireValue, Equatable {
        case text(String)
        case number(Double)
        case time(Instant)
        case flag(Bool)
        case list([String])
    }

    public let entity: EntityID
    public let name: String
    public let division: String
    public let audience: Audience
    public let time: Instant
    /// Named values in a fixed order.
    public let fields: [Pair]

    public struct Pair: WireValue, Equatable {
        public let name: String
        public let value: Field
        public init(_ name: String, _ value: Field) {
            self.name = name
            self.value = value
        }
    }

    public init(
        _ name: String, of entity: EntityID, division: String = "", audience: Audience = .topic, at time: Instant,
        _ fields: [Pair]
    ) {
        self.entity = entity
        self.name = name
        self.division = division
        self.audience = audience
        self.time = time
        self.fields = fields
    }

    public subscript(name: String) -> Field? { fields.first { $0.name == name }?.value }

    /// The text of a field, or nil when it is absent or no text.
    public func text(_ name: String) -> String? {
        guard case .text(let text) = self[name] else { return nil }
        return text
    }

    public func encode(into writer: inout ByteWriter) {
        writer.write(entity)
        writer.write(name)
        writer.write(division)
        writer.write(audience.rawValue)
        writer.write(time)
        writer.write(fields)
    }

    public init(from reader: inout ByteReader) throws(WireError) {
        entity = try reader.read(EntityID.self)
        name = try reader.readString()
        division = try reader.readString()
        let raw = try reader.read(UInt8.self)
        guard let audience = Audience(rawValue: raw) else { throw .unknownTag("audience", Int(raw)) }
        self.audience = audience
        time = try reader.readInstant()
        fields = try reader.readList(Pair.self, limit: 64)
    }
}

extension Notice.Pair {
    public func encode(into writer: inout ByteWriter) {
        writer.write(name)
        writer.write(value)
    }

    public init(from reader: inout ByteReader) throws(WireError) {
        self.init(try reader.readString(), try reader.read(Notice.Field.self))
    }
}

extension Notice.Field {
    public func encode(into writer: inout ByteWriter) {
        switch self {
        case .text(let text):
            writer.write(UInt8(0))
            writer.write(text)
        case .number(let number):
            writer.write(UInt8(1))
            writer.write(number)
        case .time(let time):
            writer.write(UInt8(2))
            writer.write(time)
        case .flag(let flag):
            writer.write(UInt8(3))
            writer.write(flag)
        case .list(let items):
            writer.write(UInt8(4))
            writer.write(items)
        }
    }

    public init(from reader: inout ByteReader) throws(WireError) {
        switch try reader.read(UInt8.self) {
        case 0: self = .text(try reader.readString())
        case 1: self = .number(try reader.readDouble())
        case 2: self = .time(try reader.readInstant())
        case 3: self = .flag(try reader.readFlag())
        case 4: self = .list(try reader.readList(String.self, limit: 1_000))
        case let tag: throw .unknownTag("notice field", Int(tag))
        }
    }
}
