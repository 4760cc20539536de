import Foundation

/// The parts of the API's bodies that the demo reads and writes.
enum APIShapes {
    struct Presence: Encodable {
        var presence: String
        var onQueue: Bool
    }

    struct NewConversation: Encodable {
        struct Skill: Encodable {
            var skill: String
            var minimumProficiency: Double?
        }

        var mediaType: String
        var direction = "inbound"
        var queue: String
        var skills: [Skill]
        var priority: Int
    }

    struct WrapUp: Encodable {
        var code: String
    }

    struct Created: Decodable {
        var id: String
    }

    struct Segment: Decodable {
        var id: String
        var agent: String
        var state: String
    }

    /// State and segments stand at the top, or in the one interaction.
    struct Conversation: Decodable {
        struct Interaction: Decodable {
            var state: String?
            var endReason: String?
            var segments: [Segment]?
        }

        var id: String
        var state: String?
        var endReason: String?
        var segments: [Segment]?
        var interactions: [Interaction]?

        var currentState: String? { state ?? interactions?.last?.state }
        var currentEndReason: String? { endReason ?? interactions?.last?.endReason }
        var allSegments: [Segment] { segments ?? interactions?.flatMap { $0.segments ?? [] } ?? [] }
    }

    struct Agent: Decodable {
        struct Utilization: Decodable {
            var media: [String: Medium]?
        }

        struct Medium: Decodable {
            var maximum: Int?
            var mayBeInterruptedBy: [String]?
        }

        var id: String
        var routingStatus: String?
        var utilization: Utilization?
        var reconnectSeconds: Int?
    }

    struct Queue: Decodable {
        struct AfterContactWork: Decodable {
            var kind: String
            var seconds: Double?
        }

        struct ServiceLevel: Decodable {
            var percent: Double
            var seconds: Double
        }

        var id: String
        var afterContactWork: AfterContactWork?
        var wrapUpCodes: [String]?
        var serviceLevel: [String: ServiceLevel]?
    }

    /// An offer as the event stream and the list of open offers show it.
    struct Offer: Decodable {
        var offerId: String?
        var id: String?
        var conversation: String
        var queue: String
        var mediaType: String

        var identity: String? { offerId ?? id }
    }

    struct OfferEnded: Decodable {
        var offerId: String
        var outcome: String
    }

    struct List<Item: Decodable>: Decodable {
        var items: [Item]
    }

    /// The CloudEvents envelope of an event.
    struct Event<Content: Decodable>: Decodable {
        var data: Content
    }

    static func encode(_ value: some Encodable) throws -> [UInt8] {
        Array(try JSONEncoder().encode(value))
    }

    static func decode<Value: Decodable>(_ type: Value.Type, _ bytes: some Sequence<UInt8>) throws -> Value {
        try JSONDecoder().decode(type, from: Data(bytes))
    }
}
