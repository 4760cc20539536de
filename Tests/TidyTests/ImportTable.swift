/// Which target may import what (docs/ARCHITECTURE.md, "One picture").
///
/// A target imports only rows below its own; inside a row just ContactCentre → Cluster is allowed. A new target, or a
/// new import, is entered here first: that is the moment to ask whether it belongs.
enum ImportTable {
    struct Row {
        /// 0 base, 1 pure, 2 application, 3 transport, 4 adapters and clients of the API, 5 executables.
        let height: Int
        let imports: Set<String>

        init(_ height: Int, _ imports: String) {
            self.height = height
            self.imports = Set(imports.split(separator: " ").map(String.init))
        }
    }

    static let rows: [String: Row] = [
        "Primitives": Row(0, ""),
        "COpenSSL": Row(0, ""),
        "CLZ4": Row(0, ""),
        "CShims": Row(0, ""),
        "Routing": Row(1, "Primitives"),
        "Consensus": Row(1, "Primitives"),
        "NodeLog": Row(1, "CLZ4 CShims"),
        "Membership": Row(1, "Primitives"),
        "Linearizability": Row(1, ""),
        "JSONDocuments": Row(1, ""),
        "RuleDocuments": Row(2, "Primitives Routing JSONDocuments"),
        "Scenarios": Row(2, "Primitives Routing JSONDocuments RuleDocuments"),
        "Cluster": Row(2, "Primitives Consensus Membership NodeLog Synchronization Distributed"),
        "ContactCentre": Row(2, "Primitives Routing Cluster Synchronization Distributed"),
        "SecureTransport": Row(
            3, "Primitives Cluster COpenSSL NIOCore NIOPosix Logging Foundation Glibc Synchronization"),
        "NodeIO": Row(4, "Primitives NodeLog Cluster NIOCore Yams Dispatch Foundation Glibc Synchronization"),
        "HTTPAPI": Row(
            4,
            "Primitives JSONDocuments RuleDocuments Membership Routing Cluster ContactCentre SecureTransport Hummingbird HummingbirdCore "
                + "ServiceLifecycle NIOCore NIOPosix NIOHTTP1 Logging Synchronization"),
        "Simulation": Row(
            4,
            "Primitives Consensus Membership NodeLog Routing Linearizability Cluster ContactCentre Synchronization Glibc"
        ),
        "APIClient": Row(4, "SecureTransport NIOCore NIOPosix NIOHTTP1 Synchronization Glibc"),
        "History": Row(4, "Linearizability Foundation"),
        "tandem-node": Row(
            5,
            "Primitives Membership NodeLog Routing Cluster ContactCentre SecureTransport NodeIO HTTPAPI NIOCore NIOPosix Logging "
                + "ServiceLifecycle UnixSignals ArgumentParser Foundation Glibc"),
        "tandemctl": Row(
            5,
            "Primitives NodeLog NodeIO SecureTransport APIClient NIOCore NIOPosix ArgumentParser Yams Foundation Glibc"),
        "tandem-lab": Row(
            5,
            "Primitives Simulation Scenarios JSONDocuments APIClient History Linearizability NIOCore NIOPosix ArgumentParser Foundation Glibc "
                + "Synchronization"
        ),
    ]

    /// Targets that are values: synchronous, with nothing ambient.
    static let pure: Set<String> = [
        "Primitives", "Routing", "Consensus", "NodeLog", "Membership", "Linearizability", "JSONDocuments",
        "RuleDocuments", "Scenarios",
    ]

    private static let edgesInARow: Set<String> = ["ContactCentre Cluster", "Scenarios RuleDocuments"]

    /// Entries that contradict the rows.
    static func contradictions(_ rows: [String: Row]) -> [String] {
        rows.sorted { $0.key < $1.key }.flatMap { target, row in
            row.imports.sorted().compactMap { module in
                guard let other = rows[module], other.height >= row.height else { return nil }
                return edgesInARow.contains("\(target) \(module)") ? nil : "\(target) may not import \(module)"
            }
        }
    }

    /// The module that a line of code imports, if it is an import.
    static func module(imported line: Substring) -> String? {
        guard line.contains("import ") else { return nil }
        let pattern =
            /^\s*(?:@\w+(?:\(\w+\))?\s+)*(?:(?:public|package|internal|fileprivate|private)\s+)?import\s+(?:(?:struct|class|enum|protocol|func|var|let|typealias)\s+)?(\w+)/
        return line.prefixMatch(of: pattern).map { String($0.1) }
    }

    static func violations(in file: ProjectFile) -> [Finding] {
        guard let target = file.target else { return [] }
        guard let row = rows[target] else {
            return [Finding(file.path, 0, "the target \(target) has no row in ImportTable")]
        }
        return file.codeLines.enumerated().compactMap { index, line in
            guard let module = module(imported: line), !row.imports.contains(module) else { return nil }
            return Finding(file.path, index + 1, "\(target) may not import \(module)")
        }
    }

    /// Acceptance tests know the product by its HTTP API alone.
    static func productImports(in file: ProjectFile) -> [Finding] {
        file.codeLines.enumerated().compactMap { index, line in
            guard let module = module(imported: line) else { return nil }
            let names = rows.keys.map { $0.replacing("-", with: "_") }
            guard names.contains(module), module != "APIClient" else { return nil }
            return Finding(file.path, index + 1, "an acceptance test may not import \(module)")
        }
    }
}
