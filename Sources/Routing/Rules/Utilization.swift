public import Primitives

/// How much an agent handles at once (routing-semantics 6): the organization's, with the agent's own words over it.
public struct Utilization: Sendable, Equatable {
    public enum Mode: String, Sendable, CaseIterable {
        /// A maximum for each medium.
        case perMedia
        /// A weight for each interaction, and a capacity for their sum.
        case weighted
    }

    /// What holds for one medium.
    public struct Medium: Sendable, Equatable {
        public var maximum: Int
        public var mayBeInterruptedBy: Set<MediaType> = []
        public var weight = 0
        /// The agent is kept for this medium once its highest-ranked interaction has waited so long; nil never.
        public var reserveAfter: Span?
        /// After-contact work keeps every offer away, and not only its own slot.
        public var afterContactWorkBlocksAll: Bool

        public init(_ media: MediaType) {
            maximum = media.defaultMaximum
            afterContactWorkBlocksAll = media.afterContactWorkBlocksAll
        }
    }

    /// What holds for interactions with one label, beside what holds for their medium.
    public struct Label: Sendable, Equatable {
        public var maximum: Int?
        /// In place of the medium's.
        public var weight: Int?

        public init(maximum: Int? = nil, weight: Int? = nil) {
            self.maximum = maximum
            self.weight = weight
        }
    }

    public var mode = Mode.perMedia
    /// What the weights may come to.
    public var capacity = 100
    public var media = Dictionary(uniqueKeysWithValues: MediaType.allCases.map { ($0, Medium($0)) })
    public var labels: [String: Label] = [:]

    public init() {}

    public subscript(media: MediaType) -> Medium { self.media[media] ?? Medium(media) }
}
