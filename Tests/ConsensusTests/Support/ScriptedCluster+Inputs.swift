import Consensus

extension ScriptedCluster {
    func runInput(_ command: String, _ words: [String]) throws {
        let replica = try id(words, 0)
        guard nodes[replica] != nil else { throw ScriptError(description: "there is no replica \(replica)") }
        let argument = words.count > 1 ? words[1] : ""
        switch command {
        case "tick":
            for _ in 0..<(argument.isEmpty ? 1 : try number(argument)) {
                nodes[replica]?.group.tick()
                settle()
            }
        case "wake": nodes[replica]?.group.tick(Int(try number(argument)))
        case "elect": nodes[replica]?.group.campaign()
        case "lost": nodes[replica]?.group.peerLost(try id(argument), campaigning: !words.contains("only"))
        case "found": nodes[replica]?.group.peerFound(try id(argument))
        case "read": nodes[replica]?.group.requestRead(id: try number(argument))
        case "step-down": nodes[replica]?.group.stepDown()
        case "propose": for text in words.dropFirst() { propose(replica, text) }
        case "fill": for count in 0..<(try number(argument)) { propose(replica, "f\(count)") }
        case "transfer": transfer(replica, try id(argument))
        case "change": try change(replica, Array(words.dropFirst()))
        case "compact": try compact(replica)
        case "vouch": try vouch(replica, words)
        default: throw ScriptError(description: "no command \(command)")
        }
    }

    private func propose(_ replica: ReplicaID, _ text: String) {
        do {
            _ = try nodes[replica]?.group.propose(Array(text.utf8))
        } catch {
            say("\(replica) refuses: \(error)")
        }
    }

    private func transfer(_ replica: ReplicaID, _ target: ReplicaID) {
        do {
            try nodes[replica]?.group.transferLeadership(to: target)
        } catch {
            say("\(replica) refuses: \(error)")
        }
    }

    /// `change 1 +4 ~5 -2 @7 #3`: add voter 4, add learner 5, remove 2, replacing the configuration of index 7, by decision 3.
    private func change(_ replica: ReplicaID, _ words: [String]) throws {
        var replaced = nodes[replica]?.group.configurationIndex ?? 0
        var steps: [ConfigurationChange.Step] = []
        var decision: UInt64 = nodes[replica]?.group.configuration.decision ?? 0
        for word in words {
            let rest = String(word.dropFirst())
            switch word.first {
            case "+": steps.append(.addVoter(try id(rest)))
            case "~": steps.append(.addLearner(try id(rest)))
            case "-": steps.append(.remove(try id(rest)))
            case "#": decision = try number(rest)
            default: replaced = try number(rest)
            }
        }
        do {
            _ = try nodes[replica]?.group.propose(
                ConfigurationChange(steps, decision: decision), replacing: replaced)
        } catch {
            say("\(replica) refuses: \(error)")
        }
    }

    /// Takes a snapshot of everything applied.
    private func compact(_ replica: ReplicaID) throws {
        guard let node = nodes[replica], let mark = node.group.mark(at: node.application.index) else {
            throw ScriptError(description: "\(replica) has nothing to compact")
        }
        nodes[replica]?.disk.compact(to: mark, digest: node.application.digest)
        nodes[replica]?.group.compact(upTo: mark)
        say("\(replica) compacts to \(mark)")
    }

    /// `vouch 2 leader 1 3`: the node of 1 tells 2 that 1 leads in term 3; `vouch 1 follower 2 3` the other way.
    private func vouch(_ replica: ReplicaID, _ words: [String]) throws {
        let other = try id(words, 2)
        let term = words.count > 3 ? try number(words[3]) : 0
        if words[1] == "leader" {
            nodes[replica]?.group.vouch(leader: other, term: term)
        } else {
            nodes[replica]?.group.vouch(follower: other, term: term)
        }
    }
}
