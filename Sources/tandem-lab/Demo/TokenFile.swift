import Foundation

/// The names and bearer tokens of a running cluster (`.run/tokens.json`).
struct TokenFile: Sendable {
    /// The file cannot be used. Nothing was sent.
    struct Unusable: Error, CustomStringConvertible {
        var description: String
    }

    private static let agentPrefix = "agent:"

    private let path: String
    private let tokens: [String: String]

    init(path: String) throws {
        self.path = path
        do {
            let data = try Data(contentsOf: URL(filePath: path))
            tokens = try JSONDecoder().decode([String: String].self, from: data)
        } catch {
            throw Unusable(
                description: "\(path) cannot be read: \(Output.reason(error)). Start a cluster with `make run`, "
                    + "or name its tokens with --tokens FILE.")
        }
    }

    func token(_ name: String) throws -> String {
        guard let token = tokens[name] else {
            throw Unusable(
                description: "\(path) has no token for “\(name)”; make it anew with `tandemctl certs tokens`.")
        }
        return token
    }

    /// Identifiers of the agents that have a token, in byte order.
    var agents: [String] {
        let names = tokens.keys.filter { $0.hasPrefix(Self.agentPrefix) }
        return names.map { String($0.dropFirst(Self.agentPrefix.count)) }.sorted()
    }
}
