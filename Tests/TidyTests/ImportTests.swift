import Testing

/// docs/ARCHITECTURE.md, "One picture": who may import whom.
@Suite struct ImportTests {
    @Test func `every target imports only what its row allows`() {
        let findings = Project.shared.sources.flatMap { ImportTable.violations(in: $0) }
        #expect(Project.shared.sources.count > 100)
        #expect(findings.isEmpty, "\(findings.report)")
    }

    @Test func `the table itself keeps the rows`() {
        #expect(ImportTable.contradictions(ImportTable.rows) == [])
        let upward = ["Routing": ImportTable.Row(1, "Cluster"), "Cluster": ImportTable.Row(2, "")]
        #expect(ImportTable.contradictions(upward) == ["Routing may not import Cluster"])
    }

    @Test func `every folder of Sources has a row, and every row a folder`() {
        #expect(Project.shared.targets == ImportTable.rows.keys.sorted())
    }

    @Test func `acceptance tests know the product by its HTTP API alone`() {
        let files = Project.shared.swift.filter { $0.path.hasPrefix("Tests/Acceptance") }
        let findings = files.flatMap { ImportTable.productImports(in: $0) }
        #expect(findings.isEmpty, "\(findings.report)")
    }

    @Test(arguments: [
        "import Foundation", "public import Cluster", "  @preconcurrency import NIOCore",
        "import struct Foundation.Date", "@_spi(Testing) internal import ContactCentre",
    ])
    func `a planted import in Routing is found`(line: String) {
        let file = ProjectFile("Sources/Routing/Planted.swift", "// import Primitives\n\(line)\n")
        #expect(ImportTable.violations(in: file).map(\.line) == [2])
    }

    @Test func `comments, strings and allowed imports are no findings`() {
        let text = "import Primitives\n// import Foundation\n/* import NIO */ let text = \"import Foundation\"\n"
        #expect(ImportTable.violations(in: ProjectFile("Sources/Routing/Fine.swift", text)).isEmpty)
    }

    @Test func `a planted target without a row is found`() {
        #expect(ImportTable.violations(in: ProjectFile("Sources/Rules/New.swift", "")).count == 1)
    }

    @Test func `a planted product import in an acceptance test is found`() {
        let file = ProjectFile("Tests/Acceptance/BO01/Planted.swift", "import Testing\n@testable import Routing\n")
        #expect(ImportTable.productImports(in: file).map(\.line) == [2])
    }
}
