public import Primitives

/// The kinds of work. Callback and work item wait for the full routing engine and are refused at the edge.
public enum MediaType: UInt8, Sendable, Hashable, CaseIterable, WireValue, CustomStringConvertible {
    case voice = 0
    case callback = 1
    case chat = 2
    case message = 3
    case email = 4
    case social = 5
    case workitem = 6

    /// The media that this version routes.
    public static let routed: [MediaType] = [.voice, .chat, .message, .email, .social]

    public var description: String {
        switch self {
        case .voice: "voice"
        case .callback: "callback"
        case .chat: "chat"
        case .message: "message"
        case .email: "email"
        case .social: "social"
        case .workitem: "workitem"
        }
    }

    public init?(name: String) {
        guard let media = Self.allCases.first(where: { $0.description == name }) else { return nil }
        self = media
    }

    /// How long an offer rings when its queue says nothing (routing-semantics 5).
    public var defaultAlert: Span {
        switch self {
        case .voice, .callback: .seconds(15)
        case .chat, .message, .social: .seconds(30)
        case .email, .workitem: .seconds(300)
        }
    }

    /// Within what time this is to be answered when its queue says nothing (routing-semantics 10); nil: no target.
    public var defaultServiceLevel: Span? {
        switch self {
        case .voice, .chat, .message: .seconds(20)
        case .email: .seconds(86_400)
        case .callback, .social, .workitem: nil
        }
    }

    /// How many an agent handles at once when nothing else is configured (routing-semantics 6).
    public var defaultMaximum: Int {
        switch self {
        case .voice, .callback, .email, .workitem: 1
        case .chat, .message, .social: 4
        }
    }

    /// True when one ringing alert of this medium keeps every other alert away.
    public var ringsAlone: Bool { self == .voice || self == .callback }

    /// True when after-contact work of this medium blocks every offer, not only its own slot.
    public var afterContactWorkBlocksAll: Bool { self == .voice || self == .callback }

    public func encode(into writer: inout ByteWriter) { writer.write(rawValue) }
    public init(from reader: inout ByteReader) throws(WireError) {
        self = try readCase(MediaType.self, from: &reader)
    }
}

/// A number for each medium, small and without hashing.
public struct PerMedia: Sendable, Equatable, WireValue {
    private var counts: [UInt8]

    public init(_ count: (MediaType) -> Int = { _ in 0 }) {
        counts = MediaType.allCases.map { UInt8(clamping: count($0)) }
    }

    public subscript(media: MediaType) -> Int {
        get { Int(counts[Int(media.rawValue)]) }
        set { counts[Int(media.rawValue)] = UInt8(clamping: newValue) }
    }

    public var isZero: Bool { counts.allSatisfy { $0 == 0 } }
    public static let none = PerMedia()

    public func encode(into writer: inout ByteWriter) { writer.write(raw: counts) }
    public init(from reader: inout ByteReader) throws(WireError) {
        counts = try reader.readRaw(MediaType.allCases.count)
    }
}
