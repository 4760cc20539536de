public import Primitives

/// A piece of news about a member.
public struct MemberNews: Sendable, Hashable {
    public enum Word: Sendable, Hashable {
        case alive(MemberMetadata)
        /// With the node that has no answer: each one counts once (Lifeguard, section IV-B).
        case suspect(by: NodeID)
        case dead(by: NodeID)
        case left
    }

    public var member: NodeID
    public var incarnation: UInt64
    public var word: Word

    public init(_ member: NodeID, incarnation: UInt64, _ word: Word) {
        self.member = member
        self.incarnation = incarnation
        self.word = word
    }
}

/// One message of the protocol, with news on its back.
public struct GossipMessage: Sendable, Hashable {
    /// Pieces of news in one message.
    public static let newsLimit = 256
    /// Members in one exchange of everything.
    public static let membersLimit = 4_096

    public enum Body: Sendable, Hashable {
        /// Are you there?
        case ping(number: UInt64)
        /// Yes; or, from a helper, the one that you asked about is.
        case ack(number: UInt64)
        /// Ask that one for me.
        case pingRequest(number: UInt64, target: NodeID)
        /// I asked and have no answer: it says that the helper itself is well (Lifeguard, section IV-A).
        case nack(number: UInt64)
        /// Nothing but the news.
        case gossip
        /// Everything that the sender knows.
        case sync(members: [MemberNews], wantsAnswer: Bool)
    }

    public var body: Body
    public var news: [MemberNews]

    public init(_ body: Body, news: [MemberNews] = []) {
        self.body = body
        self.news = news
    }
}
