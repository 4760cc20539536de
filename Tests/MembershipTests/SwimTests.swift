import Membership
import Primitives
import Testing

@Suite struct SwimTests {
    @Test func `five members find each other and stay alive for an hour`() {
        let network = GossipNetwork(5)
        network.run(for: .seconds(2))
        #expect(network.agrees)
        network.run(for: .seconds(3_600))
        #expect(network.agrees)
        #expect(!network.events.contains { $0.change.kind == .suspected })
    }

    @Test(arguments: 1...10) func `a crash is confirmed at once and known to all after the shortest suspicion`(
        seed: UInt64
    ) {
        let network = GossipNetwork(5, seed: seed)
        network.run(for: .seconds(3))
        let start = network.now
        network.crash(network.ids[2])
        network.run(for: .seconds(4))
        let confirmed = network.times(of: .confirmed, about: network.ids[2], since: start)
        let died = network.times(of: .died, about: network.ids[2], since: start)
        #expect(confirmed.count == 4 && died.count == 4)
        #expect(confirmed.allSatisfy { $0 - start < .milliseconds(250) })
        #expect(died.allSatisfy { $0 - start >= .seconds(2) && $0 - start < .milliseconds(2_400) })
        #expect(network.agrees)
    }

    @Test(arguments: 1...10) func `a member that stands still is confirmed and dies, and is back when it goes on`(
        seed: UInt64
    ) {
        let network = GossipNetwork(5, seed: seed)
        network.run(for: .seconds(3))
        let start = network.now
        network.pause(network.ids[0], for: .seconds(10))
        network.run(for: .seconds(9))
        #expect(network.times(of: .confirmed, about: network.ids[0], since: start).count == 4)
        let died = network.times(of: .died, about: network.ids[0], since: start)
        #expect(died.count == 4 && died.allSatisfy { $0 - start < .seconds(5) })
        network.run(for: .seconds(5))
        #expect(network.agrees)
        // It noticed itself that it had stood still, and accused nobody.
        #expect(network.swims[network.ids[0]]?.counters.suspicions == 0)
    }

    @Test(arguments: 1...5) func `in a larger cluster everybody's own word counts, however many spoke before`(
        seed: UInt64
    ) {
        let network = GossipNetwork(9, seed: seed)
        network.run(for: .seconds(3))
        let start = network.now
        network.crash(network.ids[4])
        network.run(for: .seconds(4))
        #expect(network.times(of: .confirmed, about: network.ids[4], since: start).count == 8)
    }

    @Test(arguments: 1...5) func `two of five hang together and both are confirmed by the others`(seed: UInt64) {
        let network = GossipNetwork(5, seed: seed)
        network.run(for: .seconds(3))
        let start = network.now
        for id in network.ids.prefix(2) { network.pause(id, for: .seconds(30)) }
        network.run(for: .seconds(20))
        for id in network.ids.prefix(2) {
            #expect(Set(network.times(of: .died, about: id, since: start)).isEmpty == false)
            #expect(network.times(of: .confirmed, about: id, since: start).count >= 2)
        }
    }

    @Test func `of three members one stands still: the other confirms`() {
        let network = GossipNetwork(3)
        network.run(for: .seconds(3))
        let start = network.now
        network.pause(network.ids[1], for: .seconds(20))
        network.run(for: .seconds(5))
        #expect(network.times(of: .confirmed, about: network.ids[1], since: start).count == 2)
    }

    @Test func `a broken connection between two of three harms nobody`() {
        let network = GossipNetwork(3)
        network.run(for: .seconds(3))
        network.act(network.ids[0]) { $0.linkDown(network.ids[1], at: network.now) }
        network.act(network.ids[1]) { $0.linkDown(network.ids[0], at: network.now) }
        network.run(for: .seconds(60))
        #expect(network.agrees)
        #expect(!network.events.contains { $0.change.kind == .confirmed || $0.change.kind == .died })
    }

    @Test func `who leaves is gone for all at once, without suspicion, and may come back`() {
        let network = GossipNetwork(5)
        network.run(for: .seconds(3))
        let start = network.now
        network.act(network.ids[4]) { $0.leave() }
        network.run(for: .milliseconds(100))
        #expect(network.times(of: .left, about: network.ids[4], since: start).count == 4)
        network.crash(network.ids[4])
        network.run(for: .seconds(10))
        #expect(network.ids.dropLast().allSatisfy { network.status(of: network.ids[4], at: $0) == .left })
        network.start(network.ids[4])
        network.run(for: .seconds(2))
        #expect(network.agrees)
        #expect(!network.events.contains { $0.change.kind == .suspected })
    }

    @Test func `a start with an old incarnation is heard, since its accusation reaches it`() {
        let network = GossipNetwork(4)
        network.run(for: .seconds(3))
        network.crash(network.ids[3])
        network.run(for: .seconds(10))
        #expect(network.status(of: network.ids[3], at: network.ids[0]) == .dead)
        network.start(network.ids[3], incarnation: 1)
        network.run(for: .seconds(3))
        #expect(network.agrees)
    }

    @Test(arguments: 1...20) func `all restart within a second and are alive in every view soon after`(seed: UInt64) {
        let network = GossipNetwork(5, seed: seed)
        network.run(for: .seconds(3))
        for id in network.ids {
            network.crash(id)
            network.run(for: .milliseconds(100))
        }
        for id in network.ids {
            network.start(id)
            network.run(for: .milliseconds(100))
        }
        network.run(for: .seconds(10))
        #expect(network.agrees)
    }

    @Test(arguments: 1...5) func `a partition is seen on both sides and heals`(seed: UInt64) {
        let network = GossipNetwork(5, seed: seed)
        network.run(for: .seconds(3))
        network.partition(Array(network.ids[..<2]), from: Array(network.ids[2...]))
        network.run(for: .seconds(30))
        #expect(network.status(of: network.ids[0], at: network.ids[4]) == .dead)
        #expect(network.status(of: network.ids[4], at: network.ids[0]) == .dead)
        #expect(network.status(of: network.ids[1], at: network.ids[0]) == .alive)
        network.cuts = []
        network.run(for: .seconds(30))
        #expect(network.agrees)
    }

    @Test func `metadata reach everybody with a higher incarnation`() {
        let network = GossipNetwork(6)
        network.run(for: .seconds(3))
        let before = network.swims[network.ids[0]]?.incarnation ?? 0
        let news = MemberMetadata(address: "n01:2", zone: "east", version: "2", load: 500, leads: [0b101])
        network.act(network.ids[0]) { $0.update(news) }
        network.run(for: .seconds(2))
        for observer in network.ids.dropFirst() {
            let member = network.swims[observer]?.member(network.ids[0])
            #expect(member?.metadata == news && (member?.incarnation ?? 0) > before)
            #expect(member?.metadata.leads(ShardID(2)) == true && member?.metadata.leads(ShardID(1)) == false)
        }
    }

    @Test func `the dead are forgotten after a day and no sooner`() {
        var settings = SwimSettings()
        settings.forgetAfter = .seconds(600)
        let network = GossipNetwork(3, settings: settings)
        network.run(for: .seconds(3))
        network.crash(network.ids[2])
        network.run(for: .seconds(590))
        #expect(network.status(of: network.ids[2], at: network.ids[0]) == .dead)
        network.run(for: .seconds(120))
        #expect(network.status(of: network.ids[2], at: network.ids[0]) == nil)
    }

    @Test func `nobody is taken who is not admitted`() {
        let network = GossipNetwork(3)
        for id in network.ids { network.act(id) { $0.admitted = Set(network.ids) } }
        network.run(for: .seconds(2))
        let stranger = MemberNews(NodeID("evil"), incarnation: 5, .alive(MemberMetadata()))
        network.act(network.ids[0]) {
            $0.receive(GossipMessage(.gossip, news: [stranger]), from: network.ids[1], at: network.now)
        }
        network.run(for: .seconds(2))
        #expect(network.swims.values.allSatisfy { $0.member(NodeID("evil")) == nil })
    }

    @Test(arguments: [UInt64.max, UInt64(1) << 62, (UInt64(1) << 62) - 1, UInt64(1) << 60])
    func `an incarnation that can be nobody's changes nothing`(incarnation: UInt64) {
        let network = GossipNetwork(3)
        network.run(for: .seconds(2))
        let words = network.ids.map { MemberNews($0, incarnation: incarnation, .dead(by: network.ids[2])) }
        network.act(network.ids[0]) {
            $0.receive(
                GossipMessage(.sync(members: words, wantsAnswer: true), news: words), from: network.ids[2],
                at: network.now)
        }
        network.run(for: .seconds(10))
        #expect(network.agrees)
    }

    /// With a fifth of all messages lost and members that come and go, all views agree once the trouble is over.
    @Test(arguments: 1...10) func `views agree after any trouble`(seed: UInt64) {
        let network = GossipNetwork(7, seed: seed)
        var random = SeededRandom(seed: seed &* 77)
        network.lossPerThousand = 200
        for _ in 0..<30 {
            let id = network.ids[Int(random.pick(0...6))]
            switch random.pick(0...4) {
            case 0: if network.swims[id] != nil { network.crash(id) } else { network.start(id) }
            case 1: network.pause(id, for: .milliseconds(random.pick(100...8_000)))
            case 2:
                let other = network.ids[Int(random.pick(0...6))]
                network.cuts.insert(.init(from: id, to: other))
            case 3: network.cuts = []
            default: network.act(id) { $0.update(MemberMetadata(load: UInt16(random.pick(0...1_000)))) }
            }
            network.run(for: .milliseconds(random.pick(100...5_000)))
        }
        network.cuts = []
        network.lossPerThousand = 0
        network.run(for: .seconds(10))
        for id in network.ids where network.swims[id] == nil { network.start(id) }
        network.run(for: .seconds(60))
        #expect(network.agrees)
    }
}
