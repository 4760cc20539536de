import Membership
import Primitives

/// One member, played by commands; what it sends and notes is its output.
struct ScriptedMember {
    private var swim = Swim(id: NodeID("me"), incarnation: 100, settings: SwimSettings(), seed: 1, at: .zero)
    private var now = Instant.zero
    private var output: [String] = []

    struct Misspelt: Error { let command: String }

    mutating func run(_ command: String) throws -> [String] {
        let words = command.split(separator: " ").map(String.init)
        func word(_ place: Int) throws -> String {
            guard place < words.count else { throw Misspelt(command: command) }
            return words[place]
        }
        func number(_ place: Int) throws -> UInt64 {
            guard let number = UInt64(try word(place)) else { throw Misspelt(command: command) }
            return number
        }
        output = []
        switch try word(0) {
        case "link": swim.linkUp(NodeID(try word(1)), at: now)
        case "unlink": swim.linkDown(NodeID(try word(1)), at: now)
        case "news":
            // news FROM alive|suspect|dead|left MEMBER INCARNATION [BY]
            let news = MemberNews(
                NodeID(try word(3)), incarnation: try number(4), try what(word(2), by: words.count > 5 ? words[5] : ""))
            swim.receive(GossipMessage(.gossip, news: [news]), from: NodeID(try word(1)), at: now)
        case "sync":
            let news = MemberNews(
                NodeID(try word(3)), incarnation: try number(4), try what(word(2), by: words.count > 5 ? words[5] : ""))
            swim.receive(GossipMessage(.sync(members: [news], wantsAnswer: false)), from: NodeID(try word(1)), at: now)
        case "ping": swim.receive(GossipMessage(.ping(number: try number(2))), from: NodeID(try word(1)), at: now)
        case "ack": swim.receive(GossipMessage(.ack(number: try number(2))), from: NodeID(try word(1)), at: now)
        case "nack": swim.receive(GossipMessage(.nack(number: try number(2))), from: NodeID(try word(1)), at: now)
        case "ask":
            // ask FROM NUMBER TARGET
            let body = GossipMessage.Body.pingRequest(number: try number(2), target: NodeID(try word(3)))
            swim.receive(GossipMessage(body), from: NodeID(try word(1)), at: now)
        case "run":
            // run MILLISECONDS: ticks as they come
            let end = now + .milliseconds(Int64(try number(1)))
            while now < end {
                now = now + swim.settings.tick
                swim.tick(at: now)
                show()
            }
        case "sleep":
            // sleep MILLISECONDS: no tick in between, one behind
            now = now + .milliseconds(Int64(try number(1)))
            swim.tick(at: now)
        case "leave": swim.leave()
        case "members":
            output.append("\(now.milliseconds) ms, me \(swim.incarnation), health \(swim.healthScore)")
            output += swim.others.map { "\($0.id) \($0.status) \($0.incarnation)" }
        default: throw Misspelt(command: command)
        }
        show()
        return output
    }

    private func what(_ word: String, by accuser: String) throws -> MemberNews.Word {
        switch word {
        case "alive": .alive(MemberMetadata())
        case "suspect": .suspect(by: NodeID(accuser))
        case "dead": .dead(by: NodeID(accuser))
        case "left": .left
        default: throw Misspelt(command: word)
        }
    }

    private mutating func show() {
        let effects = swim.takeEffects()
        let time = "\(now.milliseconds)"
        output += effects.changes.map { "\(time) \($0.member.id) \($0.kind)" }
        output += effects.messages.map { "\(time)   → \($0.to) \(Self.text($0.1))" }
    }

    private static func text(_ message: GossipMessage) -> String {
        let body =
            switch message.body {
            case .ping(let number): "ping \(number)"
            case .ack(let number): "ack \(number)"
            case .pingRequest(let number, let target): "ask \(number) \(target)"
            case .nack(let number): "nack \(number)"
            case .gossip: "gossip"
            case .sync(let members, let wantsAnswer):
                "sync\(wantsAnswer ? " and answer" : "") [\(members.map(text).joined(separator: ", "))]"
            }
        return message.news.isEmpty ? body : "\(body) with \(message.news.map(text).joined(separator: ", "))"
    }

    private static func text(_ news: MemberNews) -> String {
        switch news.word {
        case .alive: "\(news.member) alive \(news.incarnation)"
        case .suspect(let accuser): "\(news.member) suspect \(news.incarnation) by \(accuser)"
        case .dead(let accuser): "\(news.member) dead \(news.incarnation) by \(accuser)"
        case .left: "\(news.member) left \(news.incarnation)"
        }
    }
}
