/// Which tokens a contact centre gets: a name each, and what the token says.
package struct TokenPlan: Sendable, Equatable {
    /// One token to be.
    package struct Entry: Sendable, Equatable {
        package let name: String
        package let subject: String
        package let roles: [String]
        package let divisions: [String]
    }

    package let entries: [Entry]

    /// A token for each role over all divisions, one for a supervisor of each division, one for each agent.
    package init(_ centre: CentreFile) {
        let divisions = Set(centre.entries.compactMap { $0.body["division"]?.text }).sorted()
        var entries = ["admin", "supervisor", "integration", "reporting"].map {
            Entry(name: $0, subject: $0, roles: [$0], divisions: divisions)
        }
        for division in divisions {
            let name = "supervisor:\(division)"
            entries.append(Entry(name: name, subject: name, roles: ["supervisor"], divisions: [division]))
        }
        for agent in centre.entries where agent.kind == .agents {
            let own = agent.body["division"].map { [$0.text] } ?? []
            entries.append(Entry(name: "agent:\(agent.id)", subject: agent.id, roles: ["agent"], divisions: own))
        }
        self.entries = entries
    }
}
