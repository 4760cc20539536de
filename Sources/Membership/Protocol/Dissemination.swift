internal import Primitives

/// News that travels on the back of other messages, each piece a limited number of times (SWIM, section 4.1). Of a
/// member only the newest word is kept; of a suspicion one for each accuser.
struct Dissemination: Sendable {
    private struct Item: Sendable {
        let news: MemberNews
        let size: Int
        var sent = 0
    }

    /// The oldest first.
    private var items: [Item] = []

    var isEmpty: Bool { items.isEmpty }

    func contains(_ news: MemberNews) -> Bool { items.contains { $0.news == news } }

    mutating func add(_ news: MemberNews) {
        items.removeAll { $0.news.member == news.member && Self.replaces(news, $0.news) }
        items.append(Item(news: news, size: news.encoded.count))
    }

    private static func replaces(_ new: MemberNews, _ old: MemberNews) -> Bool {
        guard case .suspect(let accuser) = new.word, case .suspect(let other) = old.word,
            new.incarnation == old.incarnation
        else { return true }
        return accuser == other
    }

    /// The least sent news that fits, and of these the newest.
    /// - Parameters:
    ///   - first: members whose news go before all others.
    ///   - limit: how often each piece is sent.
    mutating func take(bytes: Int, limit: Int, first: NodeID? = nil) -> [MemberNews] {
        var taken: [MemberNews] = []
        var room = bytes
        let order = items.indices.sorted { left, right in
            let isFirst = (items[left].news.member == first, items[right].news.member == first)
            if isFirst.0 != isFirst.1 { return isFirst.0 }
            return (items[left].sent, right) < (items[right].sent, left)
        }
        for index in order where items[index].size <= room && taken.count < GossipMessage.newsLimit {
            room -= items[index].size
            items[index].sent += 1
            taken.append(items[index].news)
        }
        items.removeAll { $0.sent >= limit }
        return taken
    }
}
