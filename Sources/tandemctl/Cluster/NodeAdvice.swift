/// What to do about nodes that are not well.
package enum NodeAdvice {
    /// What an operator should look at next; empty when all is well.
    package static func lines(_ nodes: [JSONValue]) -> [String] {
        nodes.compactMap { node in
            let name = node["id"]?.text ?? "?"
            if let text = advice(name, state: node["state"]?.text, isLinked: node["linked"] == .bool(true)) {
                return text
            }
            guard node["draining"] == .bool(true) else { return nil }
            return node["replicas"]?.number == 0
                ? "\(name) is drained: stop it, or take it out with tandemctl node remove \(name), or undrain it."
                : "\(name) is being drained; tandemctl operations list shows how far it is."
        }
    }

    private static func advice(_ name: String, state: String?, isLinked: Bool) -> String? {
        switch state {
        case "alive" where isLinked: nil
        case "alive":
            "\(name) is alive, but not all of its connections to the node that answers stand. If that stays so, check the "
                + "network between the two."
        case "suspect": "\(name) does not answer; within seconds it is either back or taken for dead."
        case "dead" where isLinked:
            "\(name) is dead though its connections stand: its process hangs or was stopped. Look at it; start it again."
        case "dead":
            "\(name) is dead: start it again (its data directory holds its log); its log says why it ended."
        case "left": "\(name) was stopped by an operator: start it again when its maintenance is done."
        default:
            "\(name) has not been heard of since the node that answers started: start it, or check its address and "
                + "certificate."
        }
    }
}
