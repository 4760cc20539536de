import Membership
import Primitives
import Testing

@Suite struct WireTests {
    private static let news: [MemberNews] = [
        MemberNews(
            NodeID("n1"), incarnation: 7,
            .alive(MemberMetadata(address: "h:1", zone: "z", version: "v", load: 3, leads: [5]))),
        MemberNews(NodeID("n2"), incarnation: 8, .suspect(by: NodeID("n3"))),
        MemberNews(NodeID("n4"), incarnation: 9, .dead(by: NodeID("n1"))),
        MemberNews(NodeID("n5"), incarnation: 10, .left),
    ]

    private static let messages: [GossipMessage] = [
        GossipMessage(.ping(number: 1), news: news), GossipMessage(.ack(number: 2)),
        GossipMessage(.pingRequest(number: 3, target: NodeID("n2"))), GossipMessage(.nack(number: 4)),
        GossipMessage(.gossip, news: news), GossipMessage(.sync(members: news, wantsAnswer: true), news: [news[1]]),
    ]

    @Test func `what is written is read`() throws {
        for message in Self.messages { #expect(try GossipMessage(decoding: message.encoded) == message) }
    }

    /// The form on the wire; what was released is only ever added to.
    @Test func `golden bytes`() {
        #expect(
            Self.messages[0].encoded == [1, 1, 0, 0, 0, 0, 0, 0, 0, 4]
                + [2, 110, 49, 7, 0, 0, 0, 0, 0, 0, 0, 1, 3, 104, 58, 49, 1, 122, 1, 118, 3, 0, 1, 5]
                + [2, 110, 50, 8, 0, 0, 0, 0, 0, 0, 0, 2, 2, 110, 51]
                + [2, 110, 52, 9, 0, 0, 0, 0, 0, 0, 0, 3, 2, 110, 49] + [2, 110, 53, 10, 0, 0, 0, 0, 0, 0, 0, 4])
        #expect(Self.messages[2].encoded == [3, 3, 0, 0, 0, 0, 0, 0, 0, 2, 110, 50, 0])
        #expect(Self.messages[3].encoded == [4, 4, 0, 0, 0, 0, 0, 0, 0, 0])
    }

    @Test func `cut, flipped and random bytes give an error or a message, never a crash`() {
        var random = SeededRandom(seed: 3)
        for message in Self.messages {
            let bytes = message.encoded
            for length in bytes.indices {
                #expect(throws: WireError.self) { try GossipMessage(decoding: Array(bytes[..<length])) }
            }
            for _ in 0..<2_000 {
                var damaged = bytes
                damaged[Int(random.pick(0...Int64(bytes.count - 1)))] = UInt8(truncatingIfNeeded: random.next())
                guard let read = try? GossipMessage(decoding: damaged) else { continue }
                // Whatever it says, a member takes it and goes on.
                var swim = Swim(id: NodeID("n1"), incarnation: 5, seed: 1, at: .zero)
                swim.linkUp(NodeID("n2"), at: .zero)
                swim.receive(read, from: NodeID("n2"), at: .zero)
                swim.tick(at: .zero + .seconds(1))
            }
        }
    }

    @Test func `texts and lists beyond their limits are refused`() {
        let long = MemberMetadata(zone: String(repeating: "z", count: 256))
        #expect(throws: WireError.tooLong(256)) {
            try GossipMessage(
                decoding: GossipMessage(.gossip, news: [MemberNews(NodeID("a"), incarnation: 1, .alive(long))]).encoded)
        }
        let wide = MemberMetadata(leads: [UInt8](repeating: 1, count: 129))
        #expect(throws: WireError.tooLong(129)) { try MemberMetadata(decoding: wide.encoded) }
        let nameless = MemberNews(NodeID(""), incarnation: 1, .left)
        #expect(throws: WireError.tooLong(0)) { try MemberNews(decoding: nameless.encoded) }
    }

    @Test func `news on the back of a message keeps to its bytes`() {
        let network = GossipNetwork(2)
        network.run(for: .seconds(1))
        let many = (0..<200).map { number in
            MemberNews(NodeID("m\(number)"), incarnation: 1, .alive(MemberMetadata(address: "host-\(number):9000")))
        }
        var longest = 0
        network.act(network.ids[0]) { swim in
            swim.receive(GossipMessage(.sync(members: many, wantsAnswer: false)), from: network.ids[1], at: network.now)
            for number in 0..<50 {
                swim.receive(GossipMessage(.ping(number: UInt64(number))), from: network.ids[1], at: network.now)
            }
            longest = swim.takeEffects().messages.map { $0.1.encoded.count }.max() ?? 0
        }
        #expect((1_000...1_300).contains(longest))
    }
}
